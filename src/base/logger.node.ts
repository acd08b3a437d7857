import { pino, type Logger as Pino } from 'pino'
import type { Logger } from './logger.ts'

/** Logs JSON lines to standard error. */
export function pinoLogger(level: 'debug' | 'info' | 'warn' | 'error' = 'info'): Logger {
  // An Error has nothing of its own that JSON would show.
  const serializers = { error: pino.stdSerializers.err }
  return wrap(pino({ level, serializers }, pino.destination({ dest: 2, sync: true })))
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
