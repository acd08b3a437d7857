import { readdir, readFile, readlink } from 'node:fs/promises'

/** A socket that somebody from outside of its process can reach. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
}

const [LISTEN, UNCONNECTED] = ['0A', '07']

/** What a process listens on, as the kernel tells (proc(5), /proc/PID/net/tcp). */
export async function listenersOf(pid: number): Promise<readonly Listener[]> {
  const inodes = await socketsOf(pid)
  const tables = ['tcp', 'tcp6', 'udp', 'udp6'].map(async (name) => {
    const text = await readFile(`/proc/${pid}/net/${name}`, 'utf8')
    const protocol = name.startsWith('tcp') ? ('tcp' as const) : ('udp' as const)
    return text
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode = '']) => inodes.has(inode) && isOpen(protocol, state))
      .map(([, local = '']) => ({ protocol, ...placeOf(local) }))
  })
  return (await Promise.all(tables)).flat()
}

async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`
  const links = (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => ''))
  const inodes = (await Promise.all(links)).map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1])
  return new Set(inodes.filter((inode) => inode !== undefined))
}

function isOpen(protocol: string, state: string | undefined): boolean {
  return state === (protocol === 'tcp' ? LISTEN : UNCONNECTED)
}

// `0100007F:1920`: an address whose bytes stand backwards, word by word, and a port.
function placeOf(local: string): Pick<Listener, 'address' | 'port'> {
  const [hex = '', port = ''] = local.split(':')
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).toReversed())
  const address =
    bytes.length === 4 ? bytes.map((byte) => Number.parseInt(byte, 16)).join('.') : bytes.join('')
  return { address, port: Number.parseInt(port, 16) }
}
