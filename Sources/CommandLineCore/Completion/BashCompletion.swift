/// The completion script for bash 4 or later; it needs no helper package.
struct BashCompletion {
    let outline: CommandOutline

    var script: String {
        let name = outline.functionName
        return """
            # Completion of \(outline.program) for bash, made by: \(outline.program) completion bash

            # Sets words, options and arguments for the command path $1.
            __\(name)_describe() {
                words= options= arguments=
                case $1 in
            \(descriptions)
                esac
            }

            # Sets value to what option $2 of command path $1 takes; fails if it takes none.
            __\(name)_value() {
                value=
                case "$1 $2" in
            \(values)
                    *) return 1 ;;
                esac
            }

            # Completes $1 as the kind of value or the words $2, putting $3 before each.
            __\(name)_offer() {
                case $2 in
                    '<file>')
                        compopt -o filenames 2>/dev/null
                        mapfile -t COMPREPLY < <(compgen -P "${3-}" -f -- "$1") ;;
                    '<directory>')
                        compopt -o filenames 2>/dev/null
                        mapfile -t COMPREPLY < <(compgen -P "${3-}" -d -- "$1") ;;
                    '<text>') COMPREPLY=() ;;
                    *) mapfile -t COMPREPLY < <(compgen -P "${3-}" -W "$2" -- "$1") ;;
                esac
            }

            __\(name)_complete() {
                local -a parts=()
                local line=${COMP_LINE-} part i
                # Joins what bash took apart at = : and @.
                for ((i = 0; i <= COMP_CWORD; i++)); do
                    part=${COMP_WORDS[i]}
                    if [[ $i -gt 0 && -n ${COMP_LINE-} && ${line:0:1} != [[:space:]] ]]; then
                        parts[${#parts[@]}-1]+=$part
                    else
                        parts+=("$part")
                    fi
                    line=${line#"${line%%[![:space:]]*}"}
                    line=${line#"$part"}
                done
                local last=$((${#parts[@]} - 1)) path='' pending='' over='' count=0 words options
                local -a argument
                local arguments value current
                current=${parts[last]}
                for ((i = 1; i < last; i++)); do
                    part=${parts[i]}
                    if [[ -n $pending ]]; then
                        pending=
                    elif [[ -z $over && $part == -- ]]; then
                        over=1
                    elif [[ -z $over && $part == -?* ]]; then
                        if [[ $part != *=* ]] && __\(name)_value "$path" "$part"; then pending=$part; fi
                    else
                        __\(name)_describe "$path"
                        if [[ $count -eq 0 && " $words " == *" $part "* ]]; then
                            if [[ $part != help ]]; then path+=" $part"; fi
                        else
                            count=$((count + 1))
                        fi
                    fi
                done
                COMPREPLY=()
                __\(name)_describe "$path"
                if [[ -n $pending ]]; then
                    __\(name)_value "$path" "$pending"
                    __\(name)_offer "$current" "$value"
                elif [[ -z $over && $current == --*=* ]]; then
                    if __\(name)_value "$path" "${current%%=*}"; then
                        __\(name)_offer "${current#*=}" "$value" "${current%%=*}="
                        current=
                    fi
                elif [[ -z $over && $current == -* ]]; then
                    __\(name)_offer "$current" "$options"
                else
                    argument=($arguments)
                    value=
                    if ((${#argument[@]} > 0)); then
                        i=$count
                        if ((i >= ${#argument[@]})); then
                            i=$((${#argument[@]} - 1))
                            [[ ${argument[i]} == *… ]] || i=-1
                        fi
                        if ((i >= 0)); then value=${argument[i]%…}; fi
                    fi
                    if [[ $count -eq 0 && -n $words ]]; then
                        if [[ $value == '<file>' ]]; then
                            __\(name)_offer "$current" '<file>'
                            COMPREPLY+=($(compgen -W "$words" -- "$current"))
                        else
                            __\(name)_offer "$current" "$words"
                        fi
                    elif [[ -n $value ]]; then
                        value=${value//,/ }
                        __\(name)_offer "$current" "$value"
                    fi
                fi
                # Bash puts replies in the place of its own last part, not of the joined word.
                part=${COMP_WORDS[COMP_CWORD]}
                if [[ $part == [=:@] ]]; then part=; fi
                part=${parts[last]%"$part"}
                if [[ -n $part ]]; then COMPREPLY=("${COMPREPLY[@]#"$part"}"); fi
                return 0
            }

            complete -F __\(name)_complete \(outline.program)

            """
    }

    /// One branch for each command path: its words, options and arguments.
    private var descriptions: String {
        ([[]] + outline.visiblePaths).map { path in
            let key = path.map { " " + $0 }.joined()
            let options = outline.completedOptions(of: path).map(\.spelling) + ["--help"]
            let arguments = (outline.command(at: path)?.arguments ?? []).map { argument in
                Self.value(argument.form, separator: ",") + (argument.takesAll ? "…" : "")
            }
            return "        \(shellQuoted(key)))"
                + " words=\(shellQuoted(outline.completedWords(after: path).joined(separator: " ")))"
                + " options=\(shellQuoted(options.joined(separator: " ")))"
                + " arguments=\(shellQuoted(arguments.joined(separator: " "))) ;;"
        }.joined(separator: "\n")
    }

    /// One branch for each option with a value; those of all commands come last.
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
        return "        \(spellings.map(pattern).joined(separator: " | ")))"
            + " value=\(shellQuoted(value(option.form, separator: " "))) ;;"
    }

    private static func value(_ form: ValueForm, separator: String) -> String {
        switch form {
        case .text: "<text>"
        case .file: "<file>"
        case .directory: "<directory>"
        case .choice(let words, _): words.joined(separator: separator)
        }
    }
}
