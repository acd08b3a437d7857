import type { Figure } from './row.ts'

const WIDTH = 640
const HEIGHT = 360
const MARGIN = { left: 64, right: 128, top: 16, bottom: 40 }
const COLOURS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e']

type Plotted = Figure & Required<Pick<Figure, 'point'>>

/** The figures that have a place on an axis, as an SVG with both axes logarithmic. */
export function plot(figures: readonly Figure[], xLabel: string): string {
  const points = figures.filter((each): each is Plotted => each.point !== undefined)
  const x = scale(
    points.map(({ point }) => point.x),
    MARGIN.left,
    WIDTH - MARGIN.right,
  )
  const y = scale(
    points.map(({ value }) => value),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  )
  const lines = [...Map.groupBy(points, ({ point }) => point.series)].map(([name, of], i) => {
    const colour = COLOURS[i % COLOURS.length]
    const path = of.map(({ point, value }) => `${x.at(point.x)},${y.at(value)}`).join(' ')
    const last = of.at(-1)!
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>
${text(x.at(last.point.x) + 8, y.at(last.value) + 4, name, `fill="${colour}"`)}`
  })
  const unit = points[0]?.unit ?? ''
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${x.ticks.map((each) => tick(x.at(each), MARGIN.top, x.at(each), HEIGHT - MARGIN.bottom, text(x.at(each), HEIGHT - MARGIN.bottom + 16, each.toLocaleString('en'), 'text-anchor="middle"'))).join('\n')}
${y.ticks.map((each) => tick(MARGIN.left, y.at(each), WIDTH - MARGIN.right, y.at(each), text(MARGIN.left - 6, y.at(each) + 4, `${each} ${unit}`, 'text-anchor="end"'))).join('\n')}
${text((MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 6, xLabel, 'text-anchor="middle"')}
${lines.join('\n')}
</svg>
`
}

interface Scale {
  /** The powers of ten that enclose all values. */
  readonly ticks: readonly number[]
  at(value: number): number
}

function scale(values: readonly number[], from: number, to: number): Scale {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, i) =>
      Number((10 ** (low + i)).toPrecision(1)),
    ),
    at: (value) => Math.round(from + ((Math.log10(value) - low) / (high - low)) * (to - from)),
  }
}

function tick(x1: number, y1: number, x2: number, y2: number, label: string): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#ddd"/>${label}`
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${content}</text>`
}
