import path from 'node:path';
import { roomOf, type Room } from './rooms.ts';
import type { Import } from './source-tree.ts';

/** Why an import of a file in `src/` breaks the map of rooms; undefined when it does not. `files` are all files of the project. */
export function directionFault(found: Import, files: ReadonlySet<string>): string | undefined {
  const room = roomOf(found.from);
  if (room === undefined) return `${found.from} lies in no room`;
  const { to } = found;
  if (to === undefined) return packageFault(found, room);
  if (!to.startsWith('src/')) return `${found.from} imports ${to}, which is no part of the program`;
  const target = roomOf(to);
  if (target === undefined || target === room) return undefined;
  if (!room.imports.includes(target.folder)) {
    return `${found.from} imports ${to}: ${room.folder} may not import ${target.folder}`;
  }
  const door = `src/${target.folder}/index.ts`;
  if (files.has(door) && to !== door) return `${found.from} imports ${to}, not ${door}`;
  return path.basename(to) === 'main.ts' ? `${found.from} imports ${to}` : undefined;
}

function packageFault({ from, specifier }: Import, room: Room): string | undefined {
  if (room.packages.includes('*') || room.packages.includes(specifier)) return undefined;
  return `${from} imports ${specifier}: ${room.folder} may not`;
}
