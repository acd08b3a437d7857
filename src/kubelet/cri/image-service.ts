import { within, type Connection } from '../../grpc/connection.ts'
import { IMAGE } from './methods.ts'
import type { ImageService } from './types.ts'

const REQUEST_TIMEOUT_MS = 120_000
const PULL_TIMEOUT_MS = 2 * 3600 * 1000 // Upstream sets none; a pull that hangs for two hours will not end.

/** The images of a container runtime behind a connection. */
export function imageService(connection: Connection): ImageService {
  return {
    async listImages(image, options) {
      const request = image ? { filter: { image } } : {}
      const usual = within(REQUEST_TIMEOUT_MS, options)
      return (await connection.unary(IMAGE.listImages, request, usual)).images
    },
    async imageStatus(image, options) {
      const usual = within(REQUEST_TIMEOUT_MS, options)
      return (await connection.unary(IMAGE.imageStatus, { image }, usual)).image
    },
    async pullImage(image, auth, sandboxConfig, options) {
      const request = { image, ...(auth && { auth }), ...(sandboxConfig && { sandboxConfig }) }
      const long = within(PULL_TIMEOUT_MS, options)
      return (await connection.unary(IMAGE.pullImage, request, long)).imageRef
    },
    async removeImage(image, options) {
      await connection.unary(IMAGE.removeImage, { image }, within(REQUEST_TIMEOUT_MS, options))
    },
    imageFsInfo: (options) =>
      connection.unary(IMAGE.imageFsInfo, {}, within(REQUEST_TIMEOUT_MS, options)),
  }
}
