/// A type whose values are mostly what they are by default.
package protocol SparseCodable: Codable {
    /// What a value is decoded as where a member is missing.
    static var standard: Self { get }
}

/// A value as JSON without the members that are as ``SparseCodable/standard`` has them, at any depth.
///
/// Reading it takes as long as what is special about the value. The defaults are a part of a format
/// that uses it.
package struct SparseJSON<Value: SparseCodable>: Codable {
    /// The whole value.
    package let value: Value

    /// Stands for `value`.
    package init(_ value: Value) { self.value = value }

    package init(from decoder: any Decoder) throws { value = try Value(from: decoder) }

    package func encode(to encoder: any Encoder) throws {
        guard let encoder = encoder as? JSONTreeEncoder else {
            return try value.encode(to: encoder)
        }
        let tree = try JSONTreeEncoder.tree(of: value)
        encoder.slot.tree = tree.without(try JSONTreeEncoder.tree(of: Value.standard))
    }
}

extension JSONTree {
    /// The tree without the members of objects that `standard` has too.
    fileprivate func without(_ standard: JSONTree) -> JSONTree {
        guard case .object(let members) = finished, case .object(let others) = standard.finished
        else { return self }
        return .object(
            members.compactMap { member in
                guard let other = others.first(where: { $0.name == member.name }) else {
                    return member
                }
                guard member.value.text != other.value.text else { return nil }
                return (member.name, member.value.without(other.value))
            })
    }

    /// The same with nothing that is still to be written to.
    private var finished: JSONTree {
        if case .open(let slot) = self { slot.tree.finished } else { self }
    }

    private var text: [UInt8] {
        var text: [UInt8] = []
        write(to: &text, isPretty: false)
        return text
    }
}
