#compdef box
# Completion of box for zsh, made by: box completion zsh

# Sets sub, opts and args for the command path $1, each item as name:description.
__box_describe() {
    sub=() opts=() args=()
    case $1 in
        ('')
            sub=('item:things in the box' 'copy:copy the box' 'turn:turn something over' 'send:send things away' 'script:write a completion script' 'man:show the manual' 'status:say how things are' 'help:show help')
            opts=('--home:The box'\''s folder' '--json:Writes JSON' '--token:A token' '--help:show help')
            args=() ;;
        (' item')
            sub=('put:put a thing in' 'list:list the things' 'help:show help')
            opts=('--home:The box'\''s folder' '--json:Writes JSON' '--token:A token' '--help:show help')
            args=() ;;
        (' item put')
            sub=()
            opts=('--stdin:Reads the value from standard input' '--from-file:Reads the value from a file' '--generate:Makes up a value' '--length:Characters of a value that is made up' '--kind:What kind of thing it is' '--tag:Adds a tag' '--note:A remark' '--code:A code' '--home:The box'\''s folder' '--json:Writes JSON' '--token:A token' '--help:show help')
            args=('<text>') ;;
        (' item list')
            sub=()
            opts=('--limit:At most so many' '--since:Since then' '--older:Older than that' '--larger:Larger than that' '--rate:So fast' '--home:The box'\''s folder' '--json:Writes JSON' '--token:A token' '--help:show help')
            args=() ;;
        (' copy')
            sub=('check:check a copy' 'help:show help')
            opts=('--output:Also there' '--home:The box'\''s folder' '--json:Writes JSON' '--token:A token' '--help:show help')
            args=('<file>') ;;
        (' copy check')
            sub=()
            opts=('--home:The box'\''s folder' '--json:Writes JSON' '--token:A token' '--help:show help')
            args=('<file>') ;;
        (' turn')
            sub=()
            opts=('--all:Turns all' '--back:Turns back' '--home:The box'\''s folder' '--json:Writes JSON' '--token:A token' '--help:show help')
            args=('<text>') ;;
        (' send')
            sub=()
            opts=('--to:To whom' '--at:When' '--now:At once' '--home:The box'\''s folder' '--json:Writes JSON' '--token:A token' '--help:show help')
            args=() ;;
        (' script')
            sub=()
            opts=('--home:The box'\''s folder' '--json:Writes JSON' '--token:A token' '--help:show help')
            args=('bash,zsh,fish') ;;
        (' man')
            sub=()
            opts=('--home:The box'\''s folder' '--json:Writes JSON' '--token:A token' '--help:show help')
            args=('<text>…') ;;
        (' status')
            sub=()
            opts=('--home:The box'\''s folder' '--json:Writes JSON' '--token:A token' '--help:show help')
            args=() ;;
    esac
}

# Sets kind to what option $2 of command path $1 takes; fails if it takes none.
__box_value() {
    kind=
    case "$1 $2" in
        (' item put --from-file') kind='<file>' ;;
        (' item put --length') kind='<text>' ;;
        (' item put --kind'|' item put -k') kind='paper,metal' ;;
        (' item put --tag') kind='<text>' ;;
        (' item put --note') kind='<text>' ;;
        (' item put --code') kind='x' ;;
        (' item list --limit') kind='<text>' ;;
        (' item list --since') kind='<text>' ;;
        (' item list --older') kind='<text>' ;;
        (' item list --larger') kind='<text>' ;;
        (' item list --rate') kind='<text>' ;;
        (' copy --output'|' copy -o') kind='<file>' ;;
        (' send --to') kind='<text>' ;;
        (' send --at') kind='<text>' ;;
        (*' --home') kind='<directory>' ;;
        (*' --token') kind='<text>' ;;
        (*) return 1 ;;
    esac
}

__box_offer() {
    case $1 in
        ('<file>') _files ;;
        ('<directory>') _files -/ ;;
        ('<text>') _message 'value' ;;
        (*) compadd -- ${(s:,:)1} ;;
    esac
}

_box() {
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
            if [[ $word != *=* ]] && __box_value "$route" "$word"; then pending=$word; fi
        else
            __box_describe "$route"
            if ((count == 0)) && [[ -n ${(M)sub:#$word:*} ]]; then
                if [[ $word != help ]]; then route+=" $word"; fi
            else
                ((count += 1))
            fi
        fi
    done
    __box_describe "$route"
    if [[ -n $pending ]]; then
        __box_value "$route" "$pending"
        __box_offer "$kind"
    elif [[ -z $over && $PREFIX == --*=* ]]; then
        if __box_value "$route" "${PREFIX%%=*}"; then
            compset -P '*='
            __box_offer "$kind"
        fi
    elif [[ -z $over && $PREFIX == -* ]]; then
        _describe -o 'option' opts
    else
        if ((count == 0 && $#sub > 0)); then _describe 'command' sub; fi
        if ((count < $#args)); then
            __box_offer "${args[count + 1]%…}"
        elif [[ $#args -gt 0 && $args[-1] == *… ]]; then
            __box_offer "${args[-1]%…}"
        fi
    fi
}

if [[ $funcstack[1] == _box ]]; then
    _box "$@"
elif (($+functions[compdef])); then
    compdef _box box
fi
