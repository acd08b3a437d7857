// One end of a connection, in the network namespace that this process is started in:
//
//     node peer.node.ts serve tcp|udp PORT WORD      says WORD to whoever asks, and from where they did
//     node peer.node.ts ask tcp|udp PORT ADDRESS     prints what is said; nothing where nobody answers in time
//     node peer.node.ts hold tcp|udp PORT ADDRESS    connects, and asks again at each line of standard input
import { createSocket } from 'node:dgram'
import { connect, createServer } from 'node:net'

const ANSWER_MS = 1000

function serveTcp(port: number, word: string): void {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', () => socket.write(`${word} ${bare(socket.remoteAddress)}`))
  })
  server.listen({ host: '::', port }, () => console.log('ready'))
}

function serveUdp(port: number, word: string): void {
  const socket = createSocket('udp6')
  socket.on('message', (_, from) =>
    socket.send(`${word} ${bare(from.address)}`, from.port, from.address),
  )
  socket.bind({ address: '::', port }, () => console.log('ready'))
}

function askTcp(port: number, address: string): void {
  const socket = connect({ host: address, port }, () => socket.write('?'))
  socket.setTimeout(ANSWER_MS, () => socket.destroy())
  socket.on('error', (error: NodeJS.ErrnoException) => process.stdout.write(error.code ?? ''))
  socket.on('data', (said) => {
    process.stdout.write(said)
    socket.destroy()
  })
}

function askUdp(port: number, address: string): void {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const stop = setTimeout(() => socket.close(), ANSWER_MS)
  socket.on('error', (error: NodeJS.ErrnoException) => process.stdout.write(error.code ?? ''))
  socket.on('message', (said) => {
    process.stdout.write(said)
    clearTimeout(stop)
    socket.close()
  })
  // Connected, so that a rejection is told.
  socket.connect(port, address, () => socket.send('?'))
}

function holdTcp(port: number, address: string): void {
  const socket = connect({ host: address, port }, () => console.log('connected'))
  socket.on('error', () => process.exit())
  socket.on('data', (said) => console.log(said.toString()))
  process.stdin.on('data', () => socket.write('?'))
  process.stdin.on('end', () => socket.destroy())
}

function holdUdp(port: number, address: string): void {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.on('error', () => undefined)
  socket.on('message', (said) => console.log(said.toString()))
  socket.connect(port, address)
  process.stdin.on('data', () => socket.send('?'))
  process.stdin.on('end', () => socket.close())
}

function bare(address = ''): string {
  return address.replace(/^::ffff:/, '')
}

const [does, protocol, port, argument = ''] = process.argv.slice(2)
const ends = {
  'serve tcp': serveTcp,
  'serve udp': serveUdp,
  'ask tcp': askTcp,
  'ask udp': askUdp,
  'hold tcp': holdTcp,
  'hold udp': holdUdp,
}
ends[`${does} ${protocol}` as keyof typeof ends](Number(port), argument)
