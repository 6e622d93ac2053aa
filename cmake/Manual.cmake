# cmake -D PROGRAM=s2s -D FOLDER=folder -P Manual.cmake: the program writes its manual pages and completions.

function(write file)
  execute_process(COMMAND ${PROGRAM} help ${ARGN} OUTPUT_FILE ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

foreach(folder man bash-completion/completions zsh/site-functions fish/vendor_completions.d)
  file(REMOVE_RECURSE ${FOLDER}/${folder})
  file(MAKE_DIRECTORY ${FOLDER}/${folder})
endforeach()

write(${FOLDER}/bash-completion/completions/s2s --completion bash)
write(${FOLDER}/zsh/site-functions/_s2s --completion zsh)
write(${FOLDER}/fish/vendor_completions.d/s2s.fish --completion fish)

# s2s(1) names the pages of all commands; it is written last and so tells that all is done.
write(${FOLDER}/commands --man)
file(STRINGS ${FOLDER}/commands commands REGEX "^\\.BR s2s\\\\-")
foreach(line IN LISTS commands)
  string(REGEX REPLACE "^\\.BR s2s\\\\-([a-z]+).*" "\\1" command "${line}")
  write(${FOLDER}/man/s2s-${command}.1 --man ${command})
endforeach()
file(RENAME ${FOLDER}/commands ${FOLDER}/man/s2s.1)
