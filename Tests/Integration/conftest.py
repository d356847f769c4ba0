"""Peers that all tests share: started when first asked for, gone after the last test."""

from __future__ import annotations

import pytest

from peers import Certificates, Dovecot, Exim, Postfix


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
