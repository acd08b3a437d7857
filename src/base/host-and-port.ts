/** Host and port as in URLs: IPv6 addresses in brackets. */
export function hostAndPort(host: string, port: number | string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether a host to listen on stands for all addresses of this machine. */
export function isEverywhere(host: string): boolean {
  return ['', '0.0.0.0', '::'].includes(host)
}

/** Whether a host stands for this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
