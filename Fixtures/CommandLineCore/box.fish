# Completion of box for fish, made by: box completion fish

# Prints the command words so far and, behind a slash, the number of arguments.
function __box_place
    set -l route
    set -l count 0
    set -l pending
    set -l over
    for word in (commandline -opc)[2..-1]
        if set -q pending[1]
            set pending
        else if not set -q over[1]; and test "$word" = --
            set over 1
        else if not set -q over[1]; and string match -q -r -- '^-.' $word
            if contains -- "$route|$word" $__box_valued; or contains -- "|$word" $__box_valued
                set pending $word
            end
        else if test $count -eq 0; and contains -- (string trim -- "$route $word") $__box_routes
            set -a route $word
        else if test $count -ne 0; or test "$word" != help
            set count (math $count + 1)
        end
    end
    echo "$route/$count"
end

# Whether the command words so far are $argv[1], and the arguments at least $argv[2] and at
# most $argv[3].
function __box_at
    set -l place (string split -m 1 / -- (__box_place))
    test "$place[1]" = "$argv[1]"; or return 1
    set -q argv[2]; or return 0
    test $place[2] -ge $argv[2]; or return 1
    set -q argv[3]; or return 0
    test $place[2] -le $argv[3]
end

set -g __box_routes 'item' 'item put' 'item list' 'copy' 'copy check' 'turn' 'send' 'script' 'man' 'status'
set -g __box_valued '|--home' '|--token' 'item put|--from-file' 'item put|--length' 'item put|--kind' 'item put|-k' 'item put|--tag' 'item put|--note' 'item put|--code' 'item list|--limit' 'item list|--since' 'item list|--older' 'item list|--larger' 'item list|--rate' 'copy|--output' 'copy|-o' 'send|--to' 'send|--at'

complete -c box -f
complete -c box -l home -r -f -a '(__fish_complete_directories)' -d 'The box\'s folder'
complete -c box -s j -l json -d 'Writes JSON'
complete -c box -l token -r -f -d 'A token'
complete -c box -s h -l help -d 'show help'
complete -c box -n '__box_at \'\' 0 0' -a 'item' -d 'things in the box'
complete -c box -n '__box_at \'\' 0 0' -a 'copy' -d 'copy the box'
complete -c box -n '__box_at \'\' 0 0' -a 'turn' -d 'turn something over'
complete -c box -n '__box_at \'\' 0 0' -a 'send' -d 'send things away'
complete -c box -n '__box_at \'\' 0 0' -a 'script' -d 'write a completion script'
complete -c box -n '__box_at \'\' 0 0' -a 'man' -d 'show the manual'
complete -c box -n '__box_at \'\' 0 0' -a 'status' -d 'say how things are'
complete -c box -n '__box_at \'\' 0 0' -a 'help' -d 'show help'
complete -c box -n '__box_at \'item\' 0 0' -a 'put' -d 'put a thing in'
complete -c box -n '__box_at \'item\' 0 0' -a 'list' -d 'list the things'
complete -c box -n '__box_at \'item\' 0 0' -a 'help' -d 'show help'
complete -c box -n '__box_at \'item put\'' -l stdin -d 'Reads the value from standard input'
complete -c box -n '__box_at \'item put\'' -l from-file -r -F -d 'Reads the value from a file'
complete -c box -n '__box_at \'item put\'' -l generate -d 'Makes up a value'
complete -c box -n '__box_at \'item put\'' -l length -r -f -d 'Characters of a value that is made up'
complete -c box -n '__box_at \'item put\'' -s k -l kind -r -f -a 'paper metal' -d 'What kind of thing it is'
complete -c box -n '__box_at \'item put\'' -l tag -r -f -d 'Adds a tag'
complete -c box -n '__box_at \'item put\'' -l note -r -f -d 'A remark'
complete -c box -n '__box_at \'item put\'' -l code -r -f -a 'x' -d 'A code'
complete -c box -n '__box_at \'item list\'' -l limit -r -f -d 'At most so many'
complete -c box -n '__box_at \'item list\'' -l since -r -f -d 'Since then'
complete -c box -n '__box_at \'item list\'' -l older -r -f -d 'Older than that'
complete -c box -n '__box_at \'item list\'' -l larger -r -f -d 'Larger than that'
complete -c box -n '__box_at \'item list\'' -l rate -r -f -d 'So fast'
complete -c box -n '__box_at \'copy\' 0 0' -a 'check' -d 'check a copy'
complete -c box -n '__box_at \'copy\' 0 0' -a 'help' -d 'show help'
complete -c box -n '__box_at \'copy\'' -s o -l output -r -F -d 'Also there'
complete -c box -n '__box_at \'copy\' 0 0' -F
complete -c box -n '__box_at \'copy check\' 0 0' -F
complete -c box -n '__box_at \'turn\'' -l all -d 'Turns all'
complete -c box -n '__box_at \'turn\'' -l back -d 'Turns back'
complete -c box -n '__box_at \'send\'' -l to -r -f -d 'To whom'
complete -c box -n '__box_at \'send\'' -l at -r -f -d 'When'
complete -c box -n '__box_at \'send\'' -l now -d 'At once'
complete -c box -n '__box_at \'script\' 0 0' -f -a 'bash zsh fish'
