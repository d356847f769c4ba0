/// The completion script for zsh, for a file `_PROGRAM` on `fpath` or for `source`.
struct ZshCompletion {
    let outline: CommandOutline

    var script: String {
        let name = outline.functionName
        return """
            #compdef \(outline.program)
            # Completion of \(outline.program) for zsh, made by: \(outline.program) completion zsh

            # Sets sub, opts and args for the command path $1, each item as name:description.
            __\(name)_describe() {
                sub=() opts=() args=()
                case $1 in
            \(descriptions)
                esac
            }

            # Sets kind to what option $2 of command path $1 takes; fails if it takes none.
            __\(name)_value() {
                kind=
                case "$1 $2" in
            \(values)
                    (*) return 1 ;;
                esac
            }

            __\(name)_offer() {
                case $1 in
                    ('<file>') _files ;;
                    ('<directory>') _files -/ ;;
                    ('<text>') _message 'value' ;;
                    (*) compadd -- ${(s:,:)1} ;;
                esac
            }

            _\(name)() {
                local -a sub opts args
                local kind route='' pending='' over='' word
                integer i count=0
                for ((i = 2; i < CURRENT; i++)); do
                    word=$words[i]
                    if [[ -n $pending ]]; then
                        pending=
                    elif [[ -z $over && $word == -- ]]; then
                        over=1
                    elif [[ -z $over && $word == -?* ]]; then
                        if [[ $word != *=* ]] && __\(name)_value "$route" "$word"; then pending=$word; fi
                    else
                        __\(name)_describe "$route"
                        if ((count == 0)) && [[ -n ${(M)sub:#$word:*} ]]; then
                            if [[ $word != help ]]; then route+=" $word"; fi
                        else
                            ((count += 1))
                        fi
                    fi
                done
                __\(name)_describe "$route"
                if [[ -n $pending ]]; then
                    __\(name)_value "$route" "$pending"
                    __\(name)_offer "$kind"
                elif [[ -z $over && $PREFIX == --*=* ]]; then
                    if __\(name)_value "$route" "${PREFIX%%=*}"; then
                        compset -P '*='
                        __\(name)_offer "$kind"
                    fi
                elif [[ -z $over && $PREFIX == -* ]]; then
                    _describe -o 'option' opts
                else
                    if ((count == 0 && $#sub > 0)); then _describe 'command' sub; fi
                    if ((count < $#args)); then
                        __\(name)_offer "${args[count + 1]%…}"
                    elif [[ $#args -gt 0 && $args[-1] == *… ]]; then
                        __\(name)_offer "${args[-1]%…}"
                    fi
                fi
            }

            if [[ $funcstack[1] == _\(name) ]]; then
                _\(name) "$@"
            elif (($+functions[compdef])); then
                compdef _\(name) \(outline.program)
            fi

            """
    }

    private var descriptions: String {
        ([[]] + outline.visiblePaths).map { path in
            let key = path.map { " " + $0 }.joined()
            let words = outline.children(of: path).map { word in
                Self.item(word, outline.summary(of: path + [word]))
            }
            let help = words.isEmpty ? [] : [Self.item("help", "show help")]
            let options = outline.completedOptions(of: path).map { option in
                Self.item(option.spelling, option.help)
            }
            let arguments = (outline.command(at: path)?.arguments ?? []).map { argument in
                shellQuoted(Self.kind(argument.form) + (argument.takesAll ? "…" : ""))
            }
            return """
                        (\(shellQuoted(key)))
                            sub=(\((words + help).joined(separator: " ")))
                            opts=(\((options + [Self.item("--help", "show help")]).joined(separator: " ")))
                            args=(\(arguments.joined(separator: " "))) ;;
                """
        }.joined(separator: "\n")
    }

    private var values: String {
        var lines: [String] = []
        for path in outline.visiblePaths {
            let key = path.map { " " + $0 }.joined()
            for option in outline.command(at: path)?.options ?? [] where option.takesValue {
                lines.append(Self.branch(option) { shellQuoted("\(key) \($0)") })
            }
        }
        for option in outline.globals where option.takesValue {
            lines.append(Self.branch(option) { "*\(shellQuoted(" " + $0))" })
        }
        return lines.joined(separator: "\n")
    }

    private static func branch(_ option: OptionSpec, pattern: (String) -> String) -> String {
        let spellings = [option.spelling] + (option.short.map { ["-\($0)"] } ?? [])
        return "        (\(spellings.map(pattern).joined(separator: "|")))"
            + " kind=\(shellQuoted(kind(option.form))) ;;"
    }

    private static func item(_ name: String, _ help: String) -> String {
        shellQuoted("\(name):\(CommandOutline.brief(help))")
    }

    private static func kind(_ form: ValueForm) -> String {
        switch form {
        case .text: "<text>"
        case .file: "<file>"
        case .directory: "<directory>"
        case .choice(let words, _): words.joined(separator: ",")
        }
    }
}
