/* The attention kernels for any processor: vectors of 128 bits, which every 64-bit architecture has. */
#define FMK_ISA portable
#define FMK_ISA_LANES 4
#define FMK_ISA_TABLE kPortableKernels
#include "kernels/attention_kernels.inc"
