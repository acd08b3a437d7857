import { pino, type Logger as Pino } from 'pino'
import type { Logger } from './logger.ts'

/** Logs JSON lines to standard error. */
export function pinoLogger(level: 'debug' | 'info' | 'warn' | 'error' = 'info'): Logger {
  return wrap(pino({ level }, pino.destination({ dest: 2, sync: true })))
}

function wrap(log: Pino): Logger {
  return {
    debug: (message, fields) => log.debug(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    error: (message, fields) => log.error(fields ?? {}, message),
    child: (fields) => wrap(log.child(fields)),
  }
}
