internal import Access
internal import SMTPCore
internal import VaultModel

extension Principal {
    /// Holds a message to the conditions of the token that it is sent with.
    ///
    /// - Throws: `TokenRefusal` about the first sender or recipient that is forbidden.
    func requirePermitted(senders: [SMTPAddress], recipients: [SMTPAddress]) throws {
        guard case .token(let token) = authority else { return }
        for sender in senders {
            if let refusal = token.conditions.refusal(ofAuthor: sender) { throw refusal }
        }
        for recipient in recipients {
            if let refusal = token.conditions.refusal(ofRecipient: recipient) { throw refusal }
        }
    }
}
