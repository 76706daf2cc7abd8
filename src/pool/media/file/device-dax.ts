import fs from 'node:fs';
import path from 'node:path';

/**
 * Size in bytes of the device DAX at `target`, undefined when it is another kind of device.
 * Source: Linux 6.18 drivers/dax/bus.c, the sysfs attributes of a dax device.
 */
export function daxSize(target: string): number | undefined {
  try {
    const { rdev } = fs.statSync(target);
    const device = `/sys/dev/char/${(rdev >> 8) & 0xfff}:${(rdev & 0xff) | ((rdev >> 12) & 0xfff00)}`;
    if (path.basename(fs.realpathSync(`${device}/subsystem`)) !== 'dax') return undefined;
    return Number(fs.readFileSync(`${device}/size`, 'utf8'));
  } catch {
    return undefined;
  }
}
