package io.freemask.benchmarks.jmh_generated;
public class NativeCallBenchmark_jmhType extends NativeCallBenchmark_jmhType_B3 {
}

