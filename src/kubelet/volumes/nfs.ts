/** A directory of an NFS server. */
interface NfsExport {
  readonly server: string
  readonly path: string
  readonly readOnly: boolean
  readonly mountOptions: readonly string[]
}

/** What `mount` is asked to do for an NFS volume; it needs the system's NFS client (`mount.nfs`). */
export function nfsMountArguments(
  { server, path, readOnly, mountOptions }: NfsExport,
  target: string,
): readonly string[] {
  const options = [...new Set([...(readOnly ? ['ro'] : []), ...mountOptions])]
  const source = `${server.includes(':') ? `[${server}]` : server}:${path}`
  return ['-t', 'nfs', ...(options.length > 0 ? ['-o', options.join(',')] : []), source, target]
}
