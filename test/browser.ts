/** The browser that pages are tested in: Debian's chromium, or the one that CHROMIUM_PATH names. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const hasBrowser = existsSync(CHROMIUM);

/** For the name of what is skipped without one. */
export const reasonForSkipping = hasBrowser
  ? ''
  : ` (skipped: no chromium at ${CHROMIUM}; set CHROMIUM_PATH)`;

/** `args` are further ones of its command line. */
export function openBrowser(...args: string[]): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...ARGS, ...args] });
}
