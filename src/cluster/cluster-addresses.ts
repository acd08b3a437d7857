import { addressOf, serviceRange } from '../apiserver/resources/service-range.ts'

const DNS = 10

/** The address of the DNS Service: the tenth of the range of Services, of the first range where there are two. */
export function clusterDnsAddress(ranges: string): string {
  return addressOf(serviceRange(ranges.split(',')[0]!), DNS)
}

/** The addresses that the Service `kubernetes` may have: the first of each range of Services. */
export function apiServiceAddresses(ranges: string): readonly string[] {
  return ranges.split(',').map((range) => addressOf(serviceRange(range), 1))
}
