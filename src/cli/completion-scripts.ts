// The few lines that each shell needs to ask `sluice __complete` what fits. No command or option is named here.

export const SHELL_SCRIPTS = {
  bash: `# Completion of sluice for bash: source <(sluice completion bash)
_sluice() {
  local program=$1 line=\${COMP_LINE:0:COMP_POINT} word about begun strip
  type -P -- "$program" > /dev/null || program=sluice
  # split at blanks alone: bash also breaks words at = and :, sluice does not
  local -a words
  read -r -a words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  begun=\${words[\${#words[@]} - 1]}
  # what bash takes to be finished already must not stand in its reply
  strip=\${begun%"\${begun##*[=:]}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r word about; do
    COMPREPLY+=("\${word#"$strip"}")
    case $about in file | folder) compopt -o filenames ;; esac
    case $word in */ | *: | *=) compopt -o nospace ;; esac
  done < <("$program" __complete -- "\${words[@]:1}" 2> /dev/null)
}
complete -F _sluice sluice
`,
  zsh: `#compdef sluice
# Completion of sluice for zsh: sluice completion zsh > "\${fpath[1]}/_sluice", or source <(sluice completion zsh)
_sluice() {
  local line word about
  local -a open openShown closed closedShown
  for line in "\${(@f)$(sluice __complete -- "\${(@Q)words[2,CURRENT]}" 2> /dev/null)}"; do
    [[ -n $line ]] || continue
    word=\${line%%$'\\t'*}
    about=\${line#*$'\\t'}
    case $word in
      */ | *: | *=) open+=("$word") openShown+=("$word  -- $about") ;;
      *) closed+=("$word") closedShown+=("$word  -- $about") ;;
    esac
  done
  (( \${#open} )) && compadd -l -S '' -d openShown -a open
  (( \${#closed} )) && compadd -l -d closedShown -a closed
  return 0
}
if [[ \${funcstack[1]} == _sluice ]]; then
  _sluice "$@"
else
  compdef _sluice sluice
fi
`,
  fish: `# Completion of sluice for fish: sluice completion fish > ~/.config/fish/completions/sluice.fish
function __sluice_complete
    set -l words (commandline -opc) (commandline -ct)
    sluice __complete -- $words[2..] 2>/dev/null
end
complete -c sluice -f -a '(__sluice_complete)'
`,
} as const;
