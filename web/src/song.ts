/** A song that was chosen: its file, and what has been found out of it so far. */

import { checkLength, claimedDuration, decode, type Sound } from "./sound";

export class Song {
  readonly url: string;
  private claimed: Promise<number | null> | null = null;
  private decoded: Promise<Sound> | null = null;

  constructor(
    readonly name: string,
    readonly blob: Blob,
  ) {
    this.url = URL.createObjectURL(blob);
  }

  /** How long the file says that it is, in seconds; null where the browser cannot tell. */
  claimed_s(): Promise<number | null> {
    this.claimed ??= claimedDuration(this.url);
    return this.claimed;
  }

  /** The sound, decoded once; a SongError where it cannot be had. */
  sound(): Promise<Sound> {
    this.decoded ??= this.decode();
    return this.decoded;
  }

  /** Let go of the samples; the file stays. */
  forgetSound(): void {
    this.decoded = null;
  }

  private async decode(): Promise<Sound> {
    checkLength((await this.claimed_s()) ?? 0);
    return decode(this.blob);
  }
}
