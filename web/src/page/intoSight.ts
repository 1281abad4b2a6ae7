/** Bring what got the focus into sight: browsers leave what is half in sight where it is. */
export function intoSight(event: FocusEvent): void {
  (event.currentTarget as HTMLElement).scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
