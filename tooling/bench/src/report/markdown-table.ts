/** A Markdown table whose columns also line up in a terminal: text flush left, numbers flush right. */
export function markdownTable(head: string[], lines: string[][], { textColumns }: { textColumns: number[] }): string {
  const isText = (column: number) => textColumns.includes(column)
  const widths = head.map((cell, column) => Math.max(cell.length, ...lines.map((line) => line[column]!.length)))
  const row = (cells: string[]) =>
    `| ${cells.map((c, i) => (isText(i) ? c.padEnd(widths[i]!) : c.padStart(widths[i]!))).join(' | ')} |`
  const rule = widths.map((width, i) => (isText(i) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [row(head), row(rule), ...lines.map(row)].join('\n')
}
