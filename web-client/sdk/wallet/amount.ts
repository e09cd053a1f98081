// Sums with token amounts, in whole numbers throughout. It never makes a float of one, and never rounds up.

/** What `wei` is worth in minor units of a currency, rounded down; `minorPerTrvl` is decimal digits, with a point where need be. */
export function worthMinor(wei: string, minorPerTrvl: string): bigint {
  const [whole = '0', fraction = ''] = minorPerTrvl.split('.')
  return (BigInt(wei) * BigInt(whole + fraction)) / (WEI_PER_TRVL * 10n ** BigInt(fraction.length))
}

/** How much is missing to `goal`, in wei; 0 once it is reached. */
export function missingWei(wei: string, goal: string): bigint {
  const missing = BigInt(goal) - BigInt(wei)
  return missing > 0n ? missing : 0n
}

/** How far `wei` is on its way to `goal`, in whole percent, 0 to 100. */
export function percentOf(wei: string, goal: string): number {
  if (BigInt(goal) === 0n) return 100
  const percent = (BigInt(wei) * 100n) / BigInt(goal)
  return percent > 100n ? 100 : Number(percent)
}

/** Whether there is anything. */
export function isSome(wei: string): boolean {
  return BigInt(wei) > 0n
}

/** Written as tokens with at most `digits` digits behind the point, rounded down, thousands apart: `1,250.5`. */
export function writeTrvl(wei: bigint, digits = 2): string {
  const whole = String(wei / WEI_PER_TRVL).replaceAll(/\B(?=(?:\d{3})+$)/gu, ',')
  const fraction = String(wei % WEI_PER_TRVL).padStart(DECIMALS, '0').slice(0, digits).replace(/0+$/u, '')
  return fraction === '' ? whole : `${whole}.${fraction}`
}

const DECIMALS = 18
const WEI_PER_TRVL = 10n ** BigInt(DECIMALS)
