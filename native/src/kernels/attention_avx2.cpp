/* The attention kernels for AVX2+FMA (flags: native/CMakeLists.txt). */
#define FMK_ISA avx2
#define FMK_ISA_LANES 8
#define FMK_ISA_TABLE kAvx2Kernels
#include "kernels/attention_kernels.inc"
