import { writeFile } from 'node:fs/promises'
import { busyboxArchive } from './busybox-archive.node.ts'

/** Writes an image of this machine's busybox: `node test/images/make-busybox.node.ts FILE NAME [COMMAND…]`. */
const [file, name, ...cmd] = process.argv.slice(2)
if (file === undefined || name === undefined) {
  console.error('Usage: node test/images/make-busybox.node.ts FILE NAME [COMMAND…]')
  process.exitCode = 2
} else {
  await writeFile(file, await busyboxArchive({ name, ...(cmd.length > 0 && { cmd }) }))
}
