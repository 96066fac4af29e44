import { readFile } from 'node:fs/promises';
import { type Settings, settings } from '../core/settings.ts';

let deployed: Promise<Settings> | undefined;

/** The settings file that was deployed beside the bundle. Throws what zod finds, path by path. */
export function deployedSettings(): Promise<Settings> {
  deployed ??= readFile(new URL('./settings.json', import.meta.url), 'utf8').then((text) =>
    settings.parse(JSON.parse(text)),
  );
  return deployed;
}
