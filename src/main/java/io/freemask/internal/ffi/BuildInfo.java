package io.freemask.internal.ffi;

/**
 * What the native library says about itself.
 *
 * @param abiMajor major number of its C interface
 * @param abiMinor minor number of its C interface
 * @param libtorchCompiled version of the libtorch headers it was built with
 * @param libtorchLoaded version of the libtorch it runs on
 * @param cudaCompiled whether it holds CUDA kernels
 * @param cudaVersion version of CUDA, or empty
 * @param cudaDevices number of usable CUDA devices
 * @param gitRevision revision it was built from, or empty
 * @param compiler compiler it was built with
 */
public record BuildInfo(
    int abiMajor,
    int abiMinor,
    String libtorchCompiled,
    String libtorchLoaded,
    boolean cudaCompiled,
    String cudaVersion,
    int cudaDevices,
    String gitRevision,
    String compiler) {}
