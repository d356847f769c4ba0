internal import Glibc

/// A conversion of the C library from a set of single octets.
@safe struct Conversion: ~Copyable {
    private let handle: iconv_t

    /// Opens the conversion; `nil` when the C library has none of this name.
    init?(from name: String) {
        // `iconv_open` tells a failure by the pointer -1.
        guard let handle = unsafe iconv_open("UTF-32LE", name),
            Int(bitPattern: handle) != -1
        else { return nil }
        unsafe self.handle = handle
    }

    deinit { unsafe iconv_close(handle) }

    /// What `octet` stands for by itself; `nil` when it stands for nothing.
    func scalar(of octet: UInt8) -> Unicode.Scalar? {
        var input = CChar(bitPattern: octet)
        var output: UInt32 = 0
        let isConverted = unsafe withUnsafeMutablePointer(to: &input) { input in
            unsafe withUnsafeMutableBytes(of: &output) { output in
                var from: UnsafeMutablePointer<CChar>? = unsafe input
                var to = unsafe output.bindMemory(to: CChar.self).baseAddress
                var (fromCount, toCount) = (1, output.count)
                unsafe iconv(handle, nil, nil, nil, nil)
                // Some sets hold a letter back until they have seen that no accent follows.
                return unsafe iconv(handle, &from, &fromCount, &to, &toCount) == 0
                    && iconv(handle, nil, nil, &to, &toCount) == 0 && toCount == 0
            }
        }
        return isConverted ? Unicode.Scalar(UInt32(littleEndian: output)) : nil
    }
}
