internal import SMTPCore
internal import VaultModel

extension ReplyCatalogue {
    /// Everything up to the server's first reply.
    static let connecting: [CatalogueEntry] = [
        .failure(
            "port-25-blocked", [.timedOut], in: [.connect], ports: [25],
            example: (.connect, .network, .timedOut), port: 25,
            cause: "internet and cloud providers block port 25 for outgoing mail",
            action:
                "use port 587 or 465, or 2525 where the provider offers it, or ask the network team"
        ),
        .failure(
            "submission-port-blocked", [.timedOut], in: [.connect],
            ports: [465, 587, 2465, 2525, 2587],
            example: (.connect, .network, .timedOut), port: 587,
            cause: "a firewall drops connections to this host and port",
            action: "have host and port allowed, and check the host name"),
        .failure(
            "connect-timeout", [.timedOut], in: [.connect],
            example: (.connect, .network, .timedOut), port: 10_025,
            cause: "nothing answered: a firewall, a wrong address or a host that is down",
            action: "check host, port and firewall; mail ports are 587, 465 and 25"),
        .failure(
            "connection-refused", [.connectionFailed], faults: [.connectionRefused],
            in: [.connect], example: (.connect, .network, .connectionFailed),
            detail: "nothing listens at 192.0.2.1:587", port: 587,
            cause: "the host is up and no server listens on this port",
            action:
                "check the port (587 starttls, 465 implicit_tls), that the service runs, or use a failover target"
        ),
        .failure(
            "host-unreachable", [.connectionFailed], faults: [.unreachable], in: [.connect],
            example: (.connect, .network, .connectionFailed),
            detail: "no route leads to [2001:db8::1]:587",
            cause: "this machine has no route to the address, often because it lacks IPv6",
            action: "check the network and its routes, or give a host with an IPv4 address"),
        .failure(
            "connection-failed", [.connectionFailed], in: [.connect],
            example: (.connect, .network, .connectionFailed),
            detail: "the peer reset the connection",
            cause: "no connection could be opened",
            action: "check host, port and firewall, then retry"),
        .failure(
            "connection-settings", [.connectionFailed], in: [.connect], classes: [.config],
            example: (.connect, .config, .connectionFailed), detail: "70000 is no port",
            cause: "host, port or TLS settings of the connection cannot be used",
            action: "correct what the detail names"),
        .failure(
            "host-not-found", [.hostNotFound], example: (.connect, .config, .hostNotFound),
            detail: "no address is known for smtp.gmial.com",
            cause: "the host does not exist in the name service; most often it is a typing error",
            action: "correct the host, or take it from a provider preset"),
        .failure(
            "host-not-found-settings", [.connectionFailed], faults: [.hostNotFound],
            in: [.connect], example: (.connect, .config, .connectionFailed),
            detail: "no address is known for smtp.gmial.com",
            cause: "the host does not exist in the name service; most often it is a typing error",
            action: "correct the host, or take it from a provider preset"),
        .failure(
            "name-service-failed", [.connectionFailed], faults: [.nameServiceFailed],
            in: [.connect], example: (.connect, .network, .connectionFailed),
            detail: "looking up smtp.example.com failed: temporary failure in name resolution",
            cause: "the name service did not answer (SERVFAIL, or its servers are down)",
            action: "check the machine's resolver, then retry"),
        .failure(
            "egress-denied", [.egressDenied], example: (.connect, .config, .egressDenied),
            cause: "the operator's egress rules do not permit this destination",
            action:
                "use a public mail host on a mail port, or ask the operator (SIGNET_EGRESS_ALLOW, SIGNET_EGRESS_PORTS)"
        ),
        .failure(
            "local-address", [.localAddress], example: (.connect, .config, .localAddress),
            detail: "this machine does not have the address 192.0.2.7",
            cause: "source_ip is no address of this machine",
            action: "set source_ip to an address of this machine, or remove it"),
        .failure(
            "proxy-failed", [.proxyFailed], example: (.connect, .network, .proxyFailed),
            detail: "the proxy refused the connection",
            cause:
                "the proxy is not to be had, refused its credential, or may not reach the server",
            action: "check the proxy's host, port, credential and rules"),
        .failure(
            "greeting-timeout", [.timedOut], in: [.greeting],
            example: (.greeting, .network, .timedOut), port: 587, protection: .starttls,
            cause: "the port is open and nobody speaks: an overloaded server, or a port for TLS",
            action: "check that encryption fits the port: starttls on 587, implicit_tls on 465"),
        .failure(
            "tls-mode-greeting", [.timedOut, .connectionClosed], in: [.greeting],
            ports: [465, 2465, 8465], protections: [.starttls, .starttlsIfOffered, .plain],
            example: (.greeting, .network, .timedOut), port: 465, protection: .starttls,
            cause: "the port expects TLS at once, and the connection waits for a greeting in clear",
            action: "set encryption=implicit_tls, or use port 587 with starttls"),
        .failure(
            "tls-mode-mismatch-clear", [.tlsModeMismatch], in: [.greeting],
            example: (.greeting, .network, .tlsModeMismatch), port: 465, protection: .starttls,
            cause: "the port expects TLS at once, and the connection waits for a greeting in clear",
            action: "set encryption=implicit_tls, or use port 587 with starttls"),
        .failure(
            "tls-mode-mismatch", [.tlsModeMismatch], example: (.tls, .tlsIO, .tlsModeMismatch),
            detail: "the peer does not speak TLS on this port", port: 587,
            protection: .implicitTLS,
            cause: "the server speaks in clear first on this port (“wrong version number”)",
            action: "set encryption=starttls, or use port 465 with implicit_tls"),
        .failure(
            "closed-before-greeting", [.connectionClosed], in: [.greeting],
            example: (.greeting, .network, .connectionClosed), port: 587,
            cause:
                "the connection was closed before any greeting: a blocked address, a limit, or a port for TLS",
            action:
                "check that encryption fits the port, then whether the server refuses this address"),
        .failure(
            "not-smtp", [.unparsableReply], in: [.greeting],
            example: (.greeting, .protocolViolation, .unparsableReply),
            cause: "what answers on this port is no SMTP server",
            action: "check host and port: 587, 465 or 25 of a mail server"),
        .reply(
            "greeting-unexpected", [220, 250, 354, 200, 211, 214, 221, 235, 251, 252],
            in: [.greeting], example: "250 ok",
            cause: "the first reply is not the greeting of an SMTP server",
            action: "check host and port"),
        .reply(
            "greeting-refused", [554, 521, 556], in: [.greeting],
            example: "554 No SMTP service here",
            cause: "the server refuses to serve this address, or takes no mail at all",
            action:
                "check that the host is a mail server, and the reputation of this machine's address"
        ),
        .reply(
            "server-busy", [421, 450, 451, 454], in: [.greeting, .ehlo],
            example: "421 4.3.2 Service not available, closing transmission channel",
            cause: "the server is busy, being maintained, or limits connections from here",
            action: "retry later; open fewer sessions at a time"),
    ]

    /// EHLO and TLS.
    static let protection: [CatalogueEntry] = [
        .reply(
            "ehlo-name-refused", [501, 504, 550, 553, 554], in: [.ehlo],
            example: "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
            cause: "the server does not accept the name that this machine gives itself",
            action: "set local_domain to this machine's full host name"),
        .failure(
            "ehlo-unknown", [.ehloRefused], in: [.ehlo],
            example: (.ehlo, .config, .ehloRefused), reply: "500 5.5.1 Command unrecognized",
            cause: "the server knows no EHLO, so there is neither TLS nor login",
            action:
                "check host and port; an antique server needs encryption=none and auth.mode=none"),
        .failure(
            "starttls-not-offered", [.tlsNotOffered],
            example: (.startTLS, .tlsDowngrade, .tlsNotOffered),
            cause: "the server does not offer STARTTLS here, or somebody removed it on the way",
            action:
                "enable TLS on the server, or use implicit_tls on port 465; nothing was sent in clear"
        ),
        .failure(
            "tls-downgrade-suspected", [.tlsDowngradeSuspected],
            example: (.startTLS, .tlsDowngrade, .tlsDowngradeSuspected),
            cause:
                "this server offered STARTTLS before and does not any more: it may have been stripped",
            action:
                "treat it as an incident: ask the server's operator, and look at what is in between"
        ),
        .failure(
            "tls-injection", [.tlsInjection], example: (.startTLS, .tlsDowngrade, .tlsInjection),
            cause:
                "bytes in clear came behind the answer to STARTTLS: somebody tampers with the connection",
            action: "treat it as an incident; nothing was sent, and it is not retried"),
        .reply(
            "starttls-unavailable", [421, 450, 451, 454], in: [.startTLS],
            example: "454 4.7.0 TLS not available due to temporary reason",
            cause:
                "the server offers STARTTLS and cannot do it now, often for lack of its certificate",
            action: "retry later, and tell the server's operator"),
        .reply(
            "starttls-refused", [500, 501, 502, 503, 530, 550, 554], in: [.startTLS],
            example: "502 5.5.1 Command not implemented",
            cause: "the server offers STARTTLS and refuses it, or somebody in between does",
            action:
                "ask the server's operator, or use implicit_tls on port 465; nothing was sent in clear"
        ),
        .failure(
            "certificate-expired", [.tlsFailed], faults: [.expired],
            example: (.tls, .tlsTrust, .tlsFailed),
            detail: "the certificate “CN=mail.example.com” expired at 2026-01-01T00:00:00Z",
            cause: "a certificate of the server's chain has expired",
            action: "have it renewed, and check this machine's clock"),
        .failure(
            "certificate-not-yet-valid", [.tlsFailed], faults: [.notYetValid],
            example: (.tls, .tlsTrust, .tlsFailed),
            detail:
                "the certificate “CN=mail.example.com” is not valid before 2030-01-01T00:00:00Z",
            cause:
                "a certificate of the server's chain is not valid yet, or this machine's clock is late",
            action: "check this machine's clock"),
        .failure(
            "certificate-name-mismatch", [.tlsFailed], faults: [.nameMismatch],
            example: (.tls, .tlsTrust, .tlsFailed),
            detail: "the server's certificate is for mail.example.net, not for smtp.example.com",
            cause:
                "the certificate is for another name: an alias, a shared host, or somebody in between",
            action: "connect to a name of the certificate, or set tls.server_name to it"),
        .failure(
            "certificate-self-signed", [.tlsFailed], faults: [.selfSigned],
            example: (.tls, .tlsTrust, .tlsFailed),
            detail: "the server's certificate “CN=mail” has signed itself",
            cause: "the certificate has signed itself: a private server, or somebody in between",
            action:
                "compare its fingerprint with the server, then set tls.ca_ref or tls.fingerprints_sha256"
        ),
        .failure(
            "certificate-untrusted", [.tlsFailed], faults: [.untrusted],
            example: (.tls, .tlsTrust, .tlsFailed),
            detail: "“CN=mail” was issued by “CN=Corporate CA”, which is not a trusted authority",
            cause:
                "a private authority issued the certificate, its chain is incomplete, or somebody is in between",
            action: "set tls.ca_ref to the authority, or pin the fingerprint once it is compared"),
        .failure(
            "certificate-fingerprint-mismatch", [.tlsFailed], faults: [.fingerprintMismatch],
            example: (.tls, .tlsTrust, .tlsFailed),
            detail: "the server's certificate has the fingerprint 00, which is not pinned",
            cause:
                "the server shows another certificate than the pinned one: renewed, or somebody in between",
            action: "ask the server's operator for the new fingerprint before pinning it"),
        .failure(
            "certificate-not-for-servers", [.tlsFailed], faults: [.wrongPurpose],
            example: (.tls, .tlsTrust, .tlsFailed),
            detail: "the certificate “CN=mail” is not allowed to identify a server",
            cause: "the certificate's extended key usage does not cover servers",
            action: "have it replaced by one for serverAuth"),
        .failure(
            "certificate-weak", [.tlsFailed], faults: [.weakCertificate, .invalidCertificate],
            example: (.tls, .tlsTrust, .tlsFailed),
            detail: "the key or signature of the certificate “CN=mail” is too weak",
            cause: "a certificate of the chain is weak or breaks the rules of its kind",
            action: "have it replaced"),
        .failure(
            "tls-version-unsupported", [.tlsFailed], faults: [.protocolVersion],
            example: (.tls, .tlsIO, .tlsFailed),
            detail: "the peer speaks no version of TLS that is allowed here",
            cause:
                "the server speaks TLS 1.0 or 1.1 alone, or an older version than tls.min_version",
            action: "enable TLS 1.2 or 1.3 on the server, or set tls.min_version=1.2"),
        .failure(
            "tls-not-spoken", [.tlsFailed], faults: [.notTLS], example: (.tls, .tlsIO, .tlsFailed),
            detail: "the peer does not speak TLS on this port", port: 587,
            protection: .implicitTLS,
            cause: "the server speaks in clear first on this port (“wrong version number”)",
            action: "set encryption=starttls, or use port 465 with implicit_tls"),
        .failure(
            "client-certificate-demanded", [.tlsFailed, .connectionClosed],
            faults: [.certificateDemanded], example: (.tls, .tlsIO, .tlsFailed),
            detail: "the peer ended the TLS session with the alert certificate_required (116)",
            cause: "the server serves clients with a certificate alone",
            action: "set tls.client_cert_ref to a certificate that the server accepts"),
        .failure(
            "tls-failed", [.tlsFailed], example: (.tls, .tlsIO, .tlsFailed),
            detail: "the handshake timed out",
            cause: "the TLS handshake broke off",
            action:
                "check mode and port (starttls 587, implicit_tls 465), then what inspects TLS in between"
        ),
        .failure(
            "requiretls-not-offered", [.requireTLSNotOffered],
            example: (.mail, .config, .requireTLSNotOffered),
            cause: "the message demands TLS on its whole way, and the server cannot promise it",
            action: "send without require_tls_chain, or through a server with REQUIRETLS"),
    ]
}
