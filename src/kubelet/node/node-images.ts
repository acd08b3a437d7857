import type { NodeStatus } from '../../api/core/v1/node.ts'
import type { ImageService } from '../cri/types.ts'

const IMAGES_MAX = 50 // As upstream's nodeStatusMaxImages.
const NAMES_MAX = 5

/** The largest images of the node, as its status lists them. */
export async function nodeImages(images: ImageService): Promise<NonNullable<NodeStatus['images']>> {
  const all = await images.listImages()
  return all
    .toSorted((a, b) => b.size - a.size || (a.id < b.id ? -1 : 1))
    .slice(0, IMAGES_MAX)
    .map(({ repoDigests, repoTags, size }) => ({
      names: [...repoDigests, ...repoTags].slice(0, NAMES_MAX),
      sizeBytes: size,
    }))
    .filter(({ names }) => names.length > 0)
}
