import { equalBytes, invariant } from '../../../base/index.ts';

/** What the page cache and the media keep or lose as one piece, bytes. */
export const PAGE = 4096;

const ZERO_PAGE: Uint8Array = new Uint8Array(PAGE);

/**
 * The bytes of a file as a map of pages; a page that is not there reads as zeros. A page is never changed in place:
 * copies of a content share their pages, and a million copies of an untouched file cost a million maps.
 */
export class Content {
  readonly #pages: Map<number, Uint8Array>;

  private constructor(pages: Map<number, Uint8Array>) {
    this.#pages = pages;
  }

  static empty(): Content {
    return new Content(new Map());
  }

  clone(): Content {
    return new Content(new Map(this.#pages));
  }

  /** Indices of the pages that hold something, in no order. */
  pageIndices(): Iterable<number> {
    return this.#pages.keys();
  }

  has(index: number): boolean {
    return this.#pages.has(index);
  }

  /** A view: not to be written to. */
  page(index: number): Uint8Array {
    return this.#pages.get(index) ?? ZERO_PAGE;
  }

  /** Keeps `page` itself: the caller must not change it any more. */
  setPage(index: number, page: Uint8Array): void {
    invariant(page.length === PAGE, 'A page has its full length', { length: page.length });
    this.#pages.set(index, page);
  }

  /** A new buffer. */
  read(offset: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (const piece of pieces(offset, length)) {
      const page = this.#pages.get(piece.page);
      if (page !== undefined) out.set(page.subarray(piece.from, piece.to), piece.at);
    }
    return out;
  }

  /** Keeps views of `data`: the caller must not change it any more. */
  write(offset: number, data: Uint8Array): void {
    for (const { page, from, to, at } of pieces(offset, data.length)) {
      const bytes = data.subarray(at, at + to - from);
      if (bytes.length === PAGE) {
        this.#pages.set(page, bytes);
        continue;
      }
      // Not `slice`: of a Buffer, that is no copy.
      const merged = new Uint8Array(this.page(page));
      merged.set(bytes, from);
      this.#pages.set(page, merged);
    }
  }

  /** Makes pages that hold only zeros absent. */
  dropZeroPages(): void {
    for (const [index, page] of this.#pages) {
      if (equalBytes(page, ZERO_PAGE)) this.#pages.delete(index);
    }
  }

  /** Forgets everything from `size` on. */
  cut(size: number): void {
    for (const index of this.#pages.keys()) {
      if (index * PAGE >= size) this.#pages.delete(index);
    }
    const rest = size % PAGE;
    const last = this.#pages.get((size - rest) / PAGE);
    if (rest === 0 || last === undefined) return;
    const kept = new Uint8Array(PAGE);
    kept.set(last.subarray(0, rest));
    this.#pages.set((size - rest) / PAGE, kept);
  }

  /** Indices of the pages whose bytes differ. */
  differingPages(other: Content): number[] {
    const indices = new Set([...this.#pages.keys(), ...other.#pages.keys()]);
    return [...indices].filter((index) => !sameBytes(this.page(index), other.page(index)));
  }
}

interface Piece {
  readonly page: number;
  /** Bytes of the page. */
  readonly from: number;
  readonly to: number;
  /** Where they lie in the run of bytes. */
  readonly at: number;
}

function* pieces(offset: number, length: number): Generator<Piece> {
  for (let at = 0; at < length;) {
    const from = (offset + at) % PAGE;
    const to = Math.min(PAGE, from + length - at);
    yield { page: (offset + at - from) / PAGE, from, to, at };
    at += to - from;
  }
}

/** Copies of a content share their pages, so that most comparisons end at once. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length) return true;
  return equalBytes(a, b);
}
