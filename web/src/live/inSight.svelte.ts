/** How many pictures in sight are waited for: what is only near the window comes after them. */
export const inSight = $state({ waiting: 0 });
