"""Peers that all tests share, started when first asked for, and a vault for each test."""

from __future__ import annotations

import pytest

from connections import subject_of
from peers import Certificates, Dovecot, Exim, Postfix
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


@pytest.fixture
def vault(certificates):
    """A new vault that knows the test authority as `peers`."""
    with Vault() as vault:
        vault.json("init", "--recovery", "none")
        vault.json("certificate", "add", "peers", "--from-file", certificates.authority)
        yield vault


@pytest.fixture
def subject(request):
    """A subject that no other test has."""
    return subject_of(request)
