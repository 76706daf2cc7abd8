/** What is found at a path, symbolic links followed. */
export type PathKind =
  | { readonly kind: 'missing' }
  | { readonly kind: 'file'; readonly size: number }
  /** Directories with equal identities are one, however they are spelled; without it the path decides. */
  | { readonly kind: 'directory'; readonly identity?: string }
  | { readonly kind: 'dax'; readonly size: number; readonly alignment: number }
  /** A socket, a pipe, a block device, a character device that is no device DAX. */
  | { readonly kind: 'other' }
  /** The file system did not say, for a reason other than the path being free. */
  | { readonly kind: 'error'; readonly errno: string };

/** The questions that a set file raises about the paths in it. Injected, so that parsing stays pure. */
export interface PathLookup {
  kind(path: string): PathKind;
  /** Names in a directory, in any order. @throws SystemError, or any error with an errno, when it cannot be read */
  list(directory: string): readonly string[];
}
