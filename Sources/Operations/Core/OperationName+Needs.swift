package import VaultModel

// What requests need besides their operation's permission, and what for.
extension OperationName {
    /// What an operation is about, as far as roles are narrowed to it.
    package enum Subject: Sendable, Hashable, CaseIterable {
        /// One connection in an environment.
        case connection
        /// The connections that the principal may see.
        case visibleConnections
        /// An inbox of the sandbox, or all of them.
        case inbox
        /// Whatever belongs to the whole tenant or vault.
        case whole
    }

    /// What it is about.
    package var subject: Subject {
        switch self {
        case .connectionCreate, .connectionShow, .connectionUpdate, .connectionEnable,
            .connectionDisable, .connectionDelete, .connectionCheckName, .connectionTest,
            .connectionClone, .connectionPromote, .connectionHistory, .connectionDiff,
            .connectionRollback, .connectionDeploy, .messageSend:
            .connection
        case .connectionList: .visibleConnections
        default: permission.reach == .sandbox ? .inbox : .whole
        }
    }

    /// What each of its requests needs besides its own permission.
    package var alwaysNeeds: [Permission] {
        switch self {
        case .connectionClone: [.connectionRead]
        case .connectionPromote: [.connectionRead, .connectionCreate]
        case .certificateDelete: [.connectionRetarget]
        default: []
        }
    }

    /// What some of its requests need besides.
    package var mayNeed: [Permission] {
        switch self {
        case .connectionCreate, .connectionUpdate, .connectionTest, .connectionDeploy,
            .connectionRollback:
            [.connectionRetarget, .connectionNetwork]
        case .connectionClone, .connectionPromote: [.connectionRetarget]
        default: []
        }
    }
}
