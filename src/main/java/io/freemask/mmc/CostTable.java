package io.freemask.mmc;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A table of one value for each mask and inversion record: rows are cross layers, or levels with
 * all of their layers, columns are the records k = 0..T-1. Immutable. Values are kept to six
 * decimals, as files hold them.
 */
public final class CostTable {

  private static final double DECIMALS = 1e6;

  private final double[][] values;

  private CostTable(double[][] values) {
    this.values = values;
  }

  /**
   * Makes a table.
   *
   * @param values [rows][columns], copied; finite, at least one of each
   * @throws IllegalArgumentException if rows have different lengths or a value is not finite
   */
  public static CostTable of(double[][] values) {
    double[][] copy = new double[values.length][];
    for (int row = 0; row < values.length; row++) {
      if (values[row].length == 0 || values[row].length != values[0].length) {
        throw new IllegalArgumentException(
            "row "
                + row
                + " has "
                + values[row].length
                + " values, expected "
                + Math.max(1, values[0].length));
      }
      copy[row] = DoubleStream.of(values[row]).map(CostTable::rounded).toArray();
    }
    if (copy.length == 0) {
      throw new IllegalArgumentException("the table has no rows, expected at least one");
    }
    return new CostTable(copy);
  }

  private static double rounded(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("a value is " + value + ", expected a finite number");
    }
    return Math.rint(value * DECIMALS) / DECIMALS;
  }

  /** Returns the number of rows. */
  public int rows() {
    return values.length;
  }

  /** Returns the number of columns, the records. */
  public int columns() {
    return values[0].length;
  }

  /** Returns a value. */
  public double at(int row, int column) {
    return values[row][column];
  }

  /** Returns the mean of a row over all records. */
  public double rowMean(int row) {
    return DoubleStream.of(values[row]).average().orElseThrow();
  }

  /** Returns the mean of a column over all rows. */
  public double columnMean(int column) {
    return Arrays.stream(values).mapToDouble(row -> row[column]).average().orElseThrow();
  }

  /** Returns the mean of each row. */
  public List<Double> rowMeans() {
    return Arrays.stream(values).map(row -> DoubleStream.of(row).average().orElseThrow()).toList();
  }

  /** Returns the mean of each column. */
  public List<Double> columnMeans() {
    return IntStream.range(0, columns()).mapToObj(this::columnMean).toList();
  }

  /** Returns a copy of the values [rows][columns]. */
  public double[][] values() {
    return Arrays.stream(values).map(double[]::clone).toArray(double[][]::new);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CostTable table && Arrays.deepEquals(values, table.values);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(values);
  }

  @Override
  public String toString() {
    return "[" + rows() + "," + columns() + "]";
  }
}
