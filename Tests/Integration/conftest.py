"""Peers that all tests share, started when first asked for, and a vault for each test."""

from __future__ import annotations

import pytest

from connections import subject_of
from hostility import Watched
from peers import Certificates, Dovecot, Exim, Postfix, SMTPSink
from stunnel import Stunnel
from tokens import TokenIssuer
from vault import Vault


@pytest.fixture(scope="session")
def certificates():
    with Certificates() as certificates:
        yield certificates


@pytest.fixture(scope="session")
def dovecot(certificates):
    with Dovecot(certificates) as dovecot:
        yield dovecot


@pytest.fixture(scope="session")
def postfix(certificates, dovecot):
    with Postfix(certificates, dovecot) as postfix:
        yield postfix


@pytest.fixture(scope="session")
def exim(certificates):
    with Exim(certificates) as exim:
        yield exim


@pytest.fixture(scope="session")
def issuer(certificates):
    with TokenIssuer(certificates.good) as issuer:
        yield issuer


@pytest.fixture(scope="session")
def submission(certificates, exim, issuer):
    """Dovecot's submission server before Exim, with every mechanism that Dovecot has."""
    with Dovecot(
        certificates, relay_port=exim.port("smtp"), introspection=issuer.introspection,
        client_authority=certificates.authority,
    ) as submission:
        yield submission


@pytest.fixture(scope="session")
def stunnel(certificates):
    """stunnel before a server that takes every mail."""
    with SMTPSink() as sink, Stunnel(certificates, sink.port("smtp")) as stunnel:
        yield stunnel


@pytest.fixture
def vault(certificates):
    """A new vault that knows the test authority as `peers`."""
    with Vault() as vault:
        vault.json("init", "--recovery", "none")
        vault.json("certificate", "add", "peers", "--from-file", certificates.authority)
        yield vault


@pytest.fixture(scope="module")
def watched(certificates):
    """A vault with a server for all tests of a file, as `vault`; its server is measured."""
    with Vault() as vault:
        vault.json("init", "--recovery", "none")
        vault.json("certificate", "add", "peers", "--from-file", certificates.authority)
        with vault.serve() as server:
            yield Watched(vault, server)


@pytest.fixture
def subject(request):
    """A subject that no other test has."""
    return subject_of(request)
