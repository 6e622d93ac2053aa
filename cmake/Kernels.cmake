# The subfolders of src/kernels: ref/ and int8/ as they are, cpu/ and int8/cpu/ once per instruction set, bf16/
# for AVX-512 and AMX (amx/), onednn/ where oneDNN is used.

set(S2S_KERNEL_TARGETS)
string(TOLOWER ${CMAKE_SYSTEM_PROCESSOR} processor)
if(NOT processor MATCHES "^(x86_64|amd64)$")
  set(S2S_ONLY_REF ON)
endif()

# The kernels are where the time is.
function(s2s_kernel_flags target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O3>)
  target_compile_definitions(${target} PRIVATE $<$<BOOL:${S2S_ONLY_REF}>:S2S_ONLY_REF>)
endfunction()

# The files of a folder for one instruction set; they name their functions after S2S_ISA_NAME.
function(s2s_kernels_for folder isa)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/${folder}/*.c)
  string(REPLACE / _ target s2s_kernels_${folder}_${isa})
  add_library(${target} OBJECT ${sources})
  target_include_directories(${target} PRIVATE ${S2S_kernels_INCLUDES})
  target_compile_definitions(${target} PRIVATE S2S_ISA_NAME=${isa})
  target_compile_options(${target} PRIVATE ${ARGN})
  set_target_properties(${target} PROPERTIES C_EXTENSIONS ON)
  s2s_kernel_flags(${target})
  set(S2S_KERNEL_TARGETS ${S2S_KERNEL_TARGETS} ${target} PARENT_SCOPE)
endfunction()

if(TARGET s2s_kernels)
  file(GLOB plain CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/ref/*.c ${PROJECT_SOURCE_DIR}/src/kernels/int8/*.c)
  target_sources(s2s_kernels PRIVATE ${plain})
  if(S2S_ONEDNN_LIBRARIES)
    file(GLOB onednn CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/onednn/*.c)
    target_sources(s2s_kernels PRIVATE ${onednn})
  endif()
  s2s_kernel_flags(s2s_kernels)
  if(NOT S2S_ONLY_REF)
    set(avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512)
    s2s_kernels_for(cpu avx2 -mavx2 -mfma)
    s2s_kernels_for(cpu avx512 ${avx512})
    s2s_kernels_for(bf16 avx512 ${avx512} -mavx512bf16)
    s2s_kernels_for(bf16 amx ${avx512} -mavx512bf16 -mamx-tile -mamx-bf16)
    # AMX without its tile unit, for the tests alone
    s2s_kernels_for(bf16 emulated ${avx512} -mavx512bf16 -DS2S_AMX_EMULATED)
    list(REMOVE_ITEM S2S_KERNEL_TARGETS s2s_kernels_bf16_emulated)
    s2s_kernels_for(int8/cpu avx2 -mavx2 -mfma)
    s2s_kernels_for(int8/cpu avx512 ${avx512} -mavx512vnni)
  endif()
endif()
