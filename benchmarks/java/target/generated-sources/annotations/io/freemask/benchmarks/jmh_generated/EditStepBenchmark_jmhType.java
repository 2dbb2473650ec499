package io.freemask.benchmarks.jmh_generated;
public class EditStepBenchmark_jmhType extends EditStepBenchmark_jmhType_B3 {
}

