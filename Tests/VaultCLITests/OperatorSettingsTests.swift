import Delivery
import HTTPCore
import Operations
import References
import Sodium
import Testing
import Transport
import VaultModel

@testable import VaultCLI

/// Reads the operator's settings out of variables.
private func read(_ variables: [String: String]) throws -> DeliverySettings {
    try OperatorSettings.read(ProcessEnvironment { variables[$0] })
}

@Test("Without variables nothing is permitted besides the safe rules")
func operatorDefaults() throws {
    let settings = try read([:])
    #expect(settings.policy == [])
    #expect(settings.proxies.isEmpty)
    #expect(settings.references.variablePrefixes.isEmpty)
    #expect(settings.references.fileFolders.isEmpty)
    #expect(settings.references.openBao == nil)
}

@Test("Every variable of the operator is read")
func operatorVariables() throws {
    let settings = try read([
        "SIGNET_EGRESS_ALLOW": "127.0.0.0/8,::1/128", "SIGNET_EGRESS_PORTS": "25,587,2000-2999",
        "SIGNET_POLICY": "plaintext_relay,unverified_tls plaintext_production",
        "SIGNET_PROXIES": "Out=socks5://10.0.0.1:1080 six=http://[2001:db8::1]:3128\n"
            + "named=socks5://me@corp@proxy.example.org:1#/run/secret",
        "SIGNET_REFERENCE_ENV": "MAIL_,SMTP_", "SIGNET_REFERENCE_FILES": "/run/a:/run/b",
        "SIGNET_OPENBAO_ADDR": "https://bao.example.org:8200",
        "SIGNET_OPENBAO_TOKEN_FILE": "/run/token", "SIGNET_OPENBAO_PATHS": "secret/mail",
        "SIGNET_OPENBAO_NAMESPACE": "team",
    ])
    #expect(settings.policy == [.plaintextRelay, .unverifiedTLS, .plaintextProduction])
    #expect(settings.proxies.keys.sorted() == ["named", "out", "six"])
    let out = try #require(settings.proxies["out"])
    #expect(out.kind == .socks5 && out.host == "10.0.0.1" && out.port == 1080)
    #expect(out.username == nil)
    let six = try #require(settings.proxies["six"])
    #expect(six.kind == .httpConnect && six.host == "2001:db8::1" && six.port == 3128)
    let named = try #require(settings.proxies["named"])
    #expect(named.host == "proxy.example.org" && named.username == "me@corp")
    #expect(settings.references.variablePrefixes == ["MAIL_", "SMTP_"])
    #expect(settings.references.fileFolders == ["/run/a", "/run/b"])
    let bao = try #require(settings.references.openBao)
    #expect(bao.token == .file("/run/token"))
    #expect(bao.pathPrefixes == ["secret/mail"])
    #expect(bao.namespace == "team")
    #expect(try read(["SIGNET_REFERENCE_ENV": "*"]).references.variablePrefixes == [""])
}

@Test(
    "A value that does not read is refused, and the error names its variable",
    arguments: [
        ("SIGNET_EGRESS_ALLOW", "127.0.0.0/33"), ("SIGNET_EGRESS_ALLOW", "everything"),
        ("SIGNET_EGRESS_PORTS", "0"), ("SIGNET_EGRESS_PORTS", "65536"),
        ("SIGNET_EGRESS_PORTS", "30-20"), ("SIGNET_EGRESS_PORTS", "smtp"),
        ("SIGNET_POLICY", "anything"), ("SIGNET_PROXIES", "out"),
        ("SIGNET_PROXIES", "out=10.0.0.1:1080"), ("SIGNET_PROXIES", "out=https://10.0.0.1:1080"),
        ("SIGNET_PROXIES", "out=socks5://10.0.0.1"), ("SIGNET_PROXIES", "out=socks5://:1080"),
        ("SIGNET_PROXIES", "out=socks5://10.0.0.1:0"),
        ("SIGNET_PROXIES", "out=socks5://10.0.0.1:65536"),
        ("SIGNET_PROXIES", "out=socks5://10.0.0.1:+80"),
        ("SIGNET_PROXIES", "out=socks5://10.0.0.1:1080/"),
        ("SIGNET_PROXIES", "out=socks5://ho_st$:1080"),
        ("SIGNET_PROXIES", "out=socks5://me@10.0.0.1:1080"),
        ("SIGNET_PROXIES", "out=socks5://me@10.0.0.1:1080#"),
        ("SIGNET_PROXIES", "out=socks5://@10.0.0.1:1080#/run/secret"),
        ("SIGNET_PROXIES", "out=socks5://10.0.0.1:1080#/run/secret"),
        ("SIGNET_PROXIES", "-x=socks5://10.0.0.1:1080"),
        ("SIGNET_PROXIES", "a=socks5://10.0.0.1:1 A=socks5://10.0.0.2:2"),
        ("SIGNET_OPENBAO_ADDR", "https://bao.example.org"),
    ])
func operatorMalformed(_ variable: String, _ value: String) {
    let found = #expect(throws: (any Error).self) { try read([variable: value]) }
    let error = found.map { VaultError(wrapping: $0) }
    #expect(error?.exit == .usage, "\(variable)=\(value): \(String(describing: error))")
    let name = variable == "SIGNET_OPENBAO_ADDR" ? "SIGNET_OPENBAO_TOKEN_FILE" : variable
    let isNamed = error?.cause.contains(name) == true
    #expect(isNamed, "\(String(describing: error?.cause))")
}

@Test("An OpenBao address that is meant for its own programs stops no command")
func foreignOpenBao() throws {
    #expect(try read(["VAULT_ADDR": "https://vault.example.org:8200"]).references.openBao == nil)
    let both = try read(["VAULT_ADDR": "https://vault.example.org:8200", "VAULT_TOKEN": "x"])
    #expect(both.references.openBao?.token == .variable("VAULT_TOKEN"))
}
