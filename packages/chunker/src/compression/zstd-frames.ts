/** The part of a frame that comes next, and how many of its bytes are still to come. */
type Part = 'magic' | 'descriptor' | 'header' | 'blockHeader' | 'block' | 'checksum' | 'skippableSize' | 'skippable';

const zstdMagic = 0xfd2fb528;
const isSkippable = (magic: number): boolean => magic >= 0x184d2a50 && magic <= 0x184d2a5f;

/** Bytes of the frame header behind its descriptor: window, dictionary id and content size, each there or not. */
const headerBytes = (descriptor: number): number => {
  const singleSegment = (descriptor & 0x20) !== 0;
  return (singleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]! + [singleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
};

/** What is wrong with bytes that begin no frame, at the start or behind a whole one. */
export const noFrame = 'bytes that are no zstd frame stand where one must begin';

/** Follows the frames of a zstd file without unpacking them. */
export interface ZstdFrames {
  /** Whether the bytes so far are whole frames. */
  readonly whole: boolean;
  /** Takes bytes from `from` on; answers where the frame that they belong to ends, or the end of the piece. */
  endOfFrame(piece: Uint8Array, from: number): number;
}

/**
 * Finds where frames end, by the lengths that they carry: Node's decompressor drops what follows a frame in the same write
 * (https://github.com/nodejs/node/issues/64741), and some versions take a file that was cut for a whole one
 * (https://github.com/nodejs/node/issues/64592).
 * Format: https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 *
 * @param fail - makes the error for bytes that cannot be a frame; `offset` counts all bytes so far
 */
export const zstdFrames = (fail: (reason: string, offset: number) => Error): ZstdFrames => {
  let part: Part = 'magic';
  let left = 4;
  /** The bytes of the part as a little-endian number; of use where the part is one. */
  let value = 0;
  let scale = 1;
  let offset = 0;
  let frames = 0;
  let hasChecksum = false;
  let isLastBlock = false;

  const enter = (next: Part, bytes: number): void => {
    part = next;
    left = bytes;
    value = 0;
    scale = 1;
  };
  const endFrame = (): void => {
    frames++;
    enter('magic', 4);
  };
  const endBlock = (): void => {
    if (!isLastBlock) enter('blockHeader', 3);
    else if (hasChecksum) enter('checksum', 4);
    else endFrame();
  };
  const leave: Readonly<Record<Part, () => void>> = {
    magic() {
      if (value === zstdMagic) enter('descriptor', 1);
      else if (isSkippable(value)) enter('skippableSize', 4);
      else throw fail(noFrame, offset - 4);
    },
    descriptor() {
      hasChecksum = (value & 4) !== 0;
      enter('header', headerBytes(value));
    },
    header: () => enter('blockHeader', 3),
    blockHeader() {
      isLastBlock = (value & 1) !== 0;
      const type = (value >>> 1) & 3;
      if (type === 3) throw fail('a block has a reserved type', offset - 3);
      enter('block', type === 1 ? 1 : value >>> 3); // type 1 repeats one byte
    },
    block: endBlock,
    checksum: endFrame,
    skippableSize: () => enter('skippable', value),
    skippable: endFrame,
  };

  return {
    get whole() {
      return frames > 0 && part === 'magic' && left === 4;
    },
    endOfFrame(piece, from) {
      const before = frames;
      let at = from;
      while (at < piece.length && frames === before) {
        const take = Math.min(left, piece.length - at);
        if (left <= 4)
          for (let i = 0; i < take; i++) {
            value += piece[at + i]! * scale;
            scale *= 256;
          }
        at += take;
        offset += take;
        left -= take;
        while (left === 0) leave[part](); // a block or a skippable frame may have no bytes at all
      }
      return at;
    },
  };
};
