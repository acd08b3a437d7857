import { STOP_SIGNALS } from '../../api/core/v1/stop-signals.ts'

/** The signals that CRI knows, in the order of their numbers there, which are not the kernel's. */
export const SIGNALS: readonly string[] = ['RUNTIME_DEFAULT', ...STOP_SIGNALS.map(criName)]

/** CRI has no signs in names: `SIGRTMIN+1` is `SIGRTMINPLUS1`. */
function criName(signal: string): string {
  return signal.replace('+', 'PLUS').replace('-', 'MINUS')
}
