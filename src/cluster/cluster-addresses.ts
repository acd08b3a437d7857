/** The address of the DNS Service: the tenth of the range of Services. */
export function clusterDnsAddress(serviceRange: string): string {
  const [a, b, c, d] = serviceRange.split('/')[0]!.split('.').map(Number)
  return [a, b, c, d! + 10].join('.')
}
