/** Which genres rise and fall together over a song. */

/** Pearson's correlation of two courses; null where one of them never moves. */
export function pearson(a: number[], b: number[]): number | null {
  const meanA = a.reduce((sum, value) => sum + value, 0) / a.length;
  const meanB = b.reduce((sum, value) => sum + value, 0) / b.length;
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [a[i]! - meanA, b[i]! - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  // What is left of rounding in a course that stands still is no movement.
  const still = (sum: number, level: number) => sum <= a.length * (1e-6 * Math.max(Math.abs(level), 1e-3)) ** 2;
  return still(aa, meanA) || still(bb, meanB) ? null : ab / Math.sqrt(aa * bb);
}

/** The correlations of some columns over time, shape (columns, columns). */
export function correlate(rows: ArrayLike<number>[], columns: number[]): (number | null)[][] {
  const courses = columns.map((column) => rows.map((row) => row[column]!));
  return courses.map((a) => courses.map((b) => pearson(a, b)));
}

export interface Pair {
  first: number;
  second: number;
  value: number;
}

/** Pairs of different columns, the highest correlation first. */
export function pairs(matrix: (number | null)[][]): Pair[] {
  const found: Pair[] = [];
  for (let first = 0; first < matrix.length; first++) {
    for (let second = first + 1; second < matrix.length; second++) {
      const value = matrix[first]![second] ?? null;
      if (value !== null) found.push({ first, second, value });
    }
  }
  return found.sort((a, b) => b.value - a.value);
}
