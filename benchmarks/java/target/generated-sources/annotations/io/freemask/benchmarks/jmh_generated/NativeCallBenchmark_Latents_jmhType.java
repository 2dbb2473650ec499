package io.freemask.benchmarks.jmh_generated;
public class NativeCallBenchmark_Latents_jmhType extends NativeCallBenchmark_Latents_jmhType_B3 {
}

