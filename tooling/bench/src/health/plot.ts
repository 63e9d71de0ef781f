import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'
import type { Curve, Point } from './curves/curve.ts'

const WIDTH = 760
const PANEL_HEIGHT = 190
const MARGIN = { top: 46, right: 20, bottom: 34, left: 68, between: 34 }
const COLOURS = ['#1f6fb4', '#c8553d', '#3f8f4f', '#8057a8', '#a0791a']
/** Log axes begin here: a queue that holds nothing has no place on one. */
const LEAST_MESSAGES = 100

/** One file for each curve that has lines. */
export async function drawAll(folder: string, curves: Curve[]) {
  await mkdir(folder, { recursive: true })
  for (const curve of curves) {
    if (curve.lines.length > 0) await writeFile(join(folder, `${curve.name}.svg`), plot(curve))
  }
}

type Panel = { says: string; of: (point: Point) => number }

/** One curve as an SVG file: cycles/s above, p99 below, over time or over size (then the sizes lie on a log axis). */
function plot(curve: Curve): string {
  const panels: Panel[] = [
    { says: 'cycles/s', of: ({ bucket }) => bucket.perSecond },
    { says: 'p99 of a cycle, ms', of: ({ bucket }) => bucket.p99 },
  ]
  const height = MARGIN.top + panels.length * (PANEL_HEIGHT + MARGIN.between) + MARGIN.bottom - MARGIN.between
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="18" font-size="14" font-weight="bold">${escaped(curve.name)}</text>`,
    legend(curve),
    ...panels.map((panel, i) => drawPanel(curve, panel, MARGIN.top + i * (PANEL_HEIGHT + MARGIN.between))),
    `<text x="${WIDTH - MARGIN.right}" y="${height - 4}" text-anchor="end">${escaped(curve.x)}</text>`,
    '</svg>\n',
  ].join('\n')
}

function drawPanel(curve: Curve, { says, of }: Panel, top: number): string {
  const points = curve.lines.flatMap((one) => one.points)
  const x = xAxis(curve, points)
  const y = scaleLinear([0, Math.max(...points.map(of), 1)], [top + PANEL_HEIGHT, top]).nice(4)
  const path = line<Point>(
    (point) => x.at(point.x),
    (point) => y(of(point)),
  )

  const across = y
    .ticks(4)
    .map(
      (tick) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(tick)}" y2="${y(tick)}" stroke="#ddd"/>` +
        `<text x="${MARGIN.left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick.toLocaleString('en')}</text>`,
    )
  const below = x.ticks.map(
    (tick) =>
      `<text x="${x.at(tick)}" y="${top + PANEL_HEIGHT + 16}" text-anchor="middle">${tick.toLocaleString('en')}</text>`,
  )
  const lines = curve.lines.map(
    (one, i) =>
      `<path d="${path(one.points)}" fill="none" stroke="${colour(i)}" stroke-width="1.8"/>` +
      one.points
        .map(
          (point) =>
            `<circle cx="${x.at(point.x).toFixed(1)}" cy="${y(of(point)).toFixed(1)}" r="2" fill="${colour(i)}"/>`,
        )
        .join(''),
  )
  const title = `<text x="${MARGIN.left}" y="${top - 6}" fill="#555">${escaped(says)}</text>`
  return [...across, ...below, ...lines, title].join('\n')
}

function xAxis(curve: Curve, points: Point[]) {
  const range = [MARGIN.left, WIDTH - MARGIN.right]
  const most = Math.max(...points.map((point) => point.x), 1)
  if (curve.x === 'seconds') {
    const scale = scaleLinear([0, most], range)
    return { at: (value: number) => scale(value), ticks: scale.ticks(8) }
  }
  const scale = scaleLog([LEAST_MESSAGES, Math.max(most, LEAST_MESSAGES * 10)], range)
  const ticks = [...new Set(points.map((point) => point.x))]
  return { at: (value: number) => scale(Math.max(value, LEAST_MESSAGES)), ticks }
}

function legend(curve: Curve): string {
  let x = WIDTH - MARGIN.right
  return curve.lines
    .map(({ label }, i) => ({ label, i }))
    .toReversed()
    .map(({ label, i }) => {
      const at = x
      x -= label.length * 7 + 24
      return `<text x="${at}" y="18" text-anchor="end" fill="${colour(i)}">● ${escaped(label)}</text>`
    })
    .join('')
}

const colour = (index: number) => COLOURS[index % COLOURS.length]!

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
