package io.freemask.benchmarks.jmh_generated;
public class NativeCallBenchmark_Opened_jmhType extends NativeCallBenchmark_Opened_jmhType_B3 {
}

