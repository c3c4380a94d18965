/**
 * Changes the rate of samples, as steeply as the program does: windowed sinc, linear phase (Kaiser 1974).
 *
 * Browsers resample while decoding, but with so short a filter that treble folds back; the answers would not be the
 * program's.
 */

/** What passes whole, as a share of the lower rate's half. */
const PASS = 0.913;
const ATTENUATION_DB = 100;

export class Resampler {
  readonly length: number;
  private readonly up: number;
  private readonly down: number;
  private readonly half: number;
  /** One filter for each position of an output between two inputs, each `2 * half` long. */
  private readonly filters: Float32Array[];

  /** @param samples what is read, at `from_hz`; outputs are asked for piece by piece. */
  constructor(
    private readonly samples: Float32Array,
    from_hz: number,
    to_hz: number,
  ) {
    const divisor = gcd(from_hz, to_hz);
    [this.up, this.down] = [to_hz / divisor, from_hz / divisor];
    this.length = Math.round((samples.length * this.up) / this.down);
    const scale = Math.min(1, to_hz / from_hz);
    const width = Math.PI * (1 - PASS) * scale; // of the transition, in radians an input sample
    this.half = Math.ceil((ATTENUATION_DB - 8) / (2.285 * width) / 2);
    const cutoff = ((1 + PASS) / 2) * scale;
    this.filters = Array.from({ length: this.up }, (_, phase) => filter(phase / this.up, this.half, cutoff));
  }

  /** Outputs `start` up to `end`. */
  range(start: number, end: number): Float32Array {
    if (this.up === this.down) return this.samples.slice(start, end);
    const { samples, half, up, down, filters } = this;
    const out = new Float32Array(end - start);
    for (let i = start; i < end; i++) {
      const position = i * down;
      const weights = filters[position % up]!;
      const first = Math.floor(position / up) - half + 1;
      const last = Math.min(2 * half, samples.length - first);
      let sum = 0;
      for (let tap = Math.max(0, -first); tap < last; tap++) sum += weights[tap]! * samples[first + tap]!;
      out[i - start] = sum;
    }
    return out;
  }
}

/** Taps for an output that lies `fraction` behind input `half - 1` of them. */
function filter(fraction: number, half: number, cutoff: number): Float32Array {
  const beta = 0.1102 * (ATTENUATION_DB - 8.7);
  return Float32Array.from({ length: 2 * half }, (_, tap) => {
    const x = tap - (half - 1) - fraction;
    const angle = Math.PI * cutoff * x;
    const sinc = Math.abs(angle) < 1e-9 ? 1 : Math.sin(angle) / angle;
    const shape = bessel(beta * Math.sqrt(Math.max(0, 1 - (x / half) ** 2))) / bessel(beta);
    return cutoff * sinc * shape;
  });
}

/** The modified Bessel function of the first kind, order 0. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
