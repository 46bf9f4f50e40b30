/** Options of `sinter serve` on who may use the server, and how much. */
import { type Command, Option } from 'commander';
import { SinterError } from '../../retrieval/errors.ts';
import type { Anonymous } from '../../server/access/exposure.ts';
import type { ServePartsOptions } from '../serve-parts.ts';
import { wholeNumber } from '../terminal/option-parsers.ts';

export type ProtectionOptions = {
  anonymous?: Anonymous;
  allowHost?: string[];
  corsOrigin?: string[];
  trustProxy?: number;
  rateLimit: number;
  timeout: number;
  maxImage: number;
  enableSvg?: boolean;
};

type Protection = Pick<
  ServePartsOptions,
  'anonymous' | 'allowedHosts' | 'corsOrigins' | 'trustedProxies' | 'limits'
>;

const MEBIBYTE = 1024 * 1024;

export function addProtectionOptions(command: Command): Command {
  const anonymous = new Option(
    '--anonymous <scope>',
    'what may be done without an API key (default: anything on loopback while there are no keys, else nothing)',
  ).choices(['none', 'read', 'write', 'admin'] satisfies Anonymous[]);
  return command
    .addOption(anonymous)
    .option('--allow-host <name...>', 'names that a server on loopback answers to, such as that of a proxy')
    .option('--cors-origin <origin...>', 'web sites whose pages may use it, such as https://shop.example')
    .option(
      '--trust-proxy <hops>',
      'proxies before it, which tell who asks',
      wholeNumber('--trust-proxy', 0, 16),
    )
    .option(
      '--rate-limit <requests>',
      'most requests a minute for a key, or for an address without one; 0: no limit',
      wholeNumber('--rate-limit', 0, 1_000_000),
      0,
    )
    .option('--timeout <seconds>', 'longest that a request may take', wholeNumber('--timeout', 1, 3600), 60)
    .option('--max-image <mebibytes>', 'largest image file', wholeNumber('--max-image', 1, 512), 20);
}

/** The options in the words of the server. */
export function protectionOf(options: ProtectionOptions): Protection {
  const { anonymous, allowHost: allowedHosts, corsOrigin: corsOrigins, trustProxy: trustedProxies } = options;
  const limits = {
    ratePerMinute: options.rateLimit,
    timeoutMs: options.timeout * 1000,
    maxImageBytes: options.maxImage * MEBIBYTE,
    allowSvg: options.enableSvg === true,
  };
  return {
    limits,
    ...(anonymous && { anonymous }),
    ...(allowedHosts && { allowedHosts }),
    ...(corsOrigins && { corsOrigins: corsOrigins.map(originOf) }),
    ...(trustedProxies !== undefined && { trustedProxies }),
  };
}

/** As browsers send it. Throws `bad-input` for what is no origin, `*` among them. */
function originOf(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (origin !== 'null') return origin;
  throw new SinterError(
    'bad-input',
    `--cors-origin must be an origin such as https://shop.example, got "${text}".`,
  );
}
