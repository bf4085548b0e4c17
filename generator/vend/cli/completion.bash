# Completion of vend's commands, accounts, units and fields in bash. Vend itself says what there is.
_vend_completion() {
    local rest=${COMP_LINE:0:COMP_POINT} words=() number=-1 index word

    # bash takes words apart at `=` and `:` too (COMP_WORDBREAKS), vend does not: what no blank stands between is one.
    for ((index = 0; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if ((number < 0)) || [[ $rest == [[:blank:]]* ]]; then
            rest=${rest#"${rest%%[![:blank:]]*}"}
            number=$((number + 1))
            words[number]=
        fi
        word=${rest:0:${#word}}
        words[number]+=$word
        rest=${rest:${#word}}
    done

    local typed=${words[number]} kept='' found
    # bash puts what is found in the place of what follows the last of these, where nothing is in quotes.
    [[ $typed == *[=:]* && $typed != [\"\']* ]] && kept=${typed%"${typed##*[=:]}"}
    COMPREPLY=()
    while IFS= read -r found; do
        [[ -n $found ]] || continue
        found=${found#"$kept"}
        [[ ${typed#"$kept"} == [\"\']* ]] || printf -v found %q "$found"
        COMPREPLY+=("$found")
    done < <(IFS=' '; COMP_WORDS="${words[*]}" COMP_CWORD=$number _VEND_COMPLETE=complete_bash "$1" 2>/dev/null)

    # After `tags.` or `email=` comes more of the same word.
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[.=] ]] && compopt -o nospace 2>/dev/null
    return 0
}

complete -o default -F _vend_completion vend
