/* The attention kernels for AVX-512 (flags: native/CMakeLists.txt). */
#define FMK_ISA avx512
#define FMK_ISA_LANES 16
#define FMK_ISA_TABLE kAvx512Kernels
#include "kernels/attention_kernels.inc"
