# Completion of box for bash, made by: box completion bash

# Sets words, options and arguments for the command path $1.
__box_describe() {
    words= options= arguments=
    case $1 in
        '') words='item copy turn send script man status help' options='--home --json --token --help' arguments='' ;;
        ' item') words='put list help' options='--home --json --token --help' arguments='' ;;
        ' item put') words='' options='--stdin --from-file --generate --length --kind --tag --note --code --home --json --token --help' arguments='<text>' ;;
        ' item list') words='' options='--limit --since --older --larger --rate --home --json --token --help' arguments='' ;;
        ' copy') words='check help' options='--output --home --json --token --help' arguments='<file>' ;;
        ' copy check') words='' options='--home --json --token --help' arguments='<file>' ;;
        ' turn') words='' options='--all --back --home --json --token --help' arguments='<text>' ;;
        ' send') words='' options='--to --at --now --home --json --token --help' arguments='' ;;
        ' script') words='' options='--home --json --token --help' arguments='bash,zsh,fish' ;;
        ' man') words='' options='--home --json --token --help' arguments='<text>…' ;;
        ' status') words='' options='--home --json --token --help' arguments='' ;;
    esac
}

# Sets value to what option $2 of command path $1 takes; fails if it takes none.
__box_value() {
    value=
    case "$1 $2" in
        ' item put --from-file') value='<file>' ;;
        ' item put --length') value='<text>' ;;
        ' item put --kind' | ' item put -k') value='paper metal' ;;
        ' item put --tag') value='<text>' ;;
        ' item put --note') value='<text>' ;;
        ' item put --code') value='x' ;;
        ' item list --limit') value='<text>' ;;
        ' item list --since') value='<text>' ;;
        ' item list --older') value='<text>' ;;
        ' item list --larger') value='<text>' ;;
        ' item list --rate') value='<text>' ;;
        ' copy --output' | ' copy -o') value='<file>' ;;
        ' send --to') value='<text>' ;;
        ' send --at') value='<text>' ;;
        *' --home') value='<directory>' ;;
        *' --token') value='<text>' ;;
        *) return 1 ;;
    esac
}

# Completes $1 as the kind of value or the words $2, putting $3 before each.
__box_offer() {
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

__box_complete() {
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
            if [[ $part != *=* ]] && __box_value "$path" "$part"; then pending=$part; fi
        else
            __box_describe "$path"
            if [[ $count -eq 0 && " $words " == *" $part "* ]]; then
                if [[ $part != help ]]; then path+=" $part"; fi
            else
                count=$((count + 1))
            fi
        fi
    done
    COMPREPLY=()
    __box_describe "$path"
    if [[ -n $pending ]]; then
        __box_value "$path" "$pending"
        __box_offer "$current" "$value"
    elif [[ -z $over && $current == --*=* ]]; then
        if __box_value "$path" "${current%%=*}"; then
            __box_offer "${current#*=}" "$value" "${current%%=*}="
            current=
        fi
    elif [[ -z $over && $current == -* ]]; then
        __box_offer "$current" "$options"
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
                __box_offer "$current" '<file>'
                COMPREPLY+=($(compgen -W "$words" -- "$current"))
            else
                __box_offer "$current" "$words"
            fi
        elif [[ -n $value ]]; then
            value=${value//,/ }
            __box_offer "$current" "$value"
        fi
    fi
    # Bash puts replies in the place of its own last part, not of the joined word.
    part=${COMP_WORDS[COMP_CWORD]}
    if [[ $part == [=:@] ]]; then part=; fi
    part=${parts[last]%"$part"}
    if [[ -n $part ]]; then COMPREPLY=("${COMPREPLY[@]#"$part"}"); fi
    return 0
}

complete -F __box_complete box
