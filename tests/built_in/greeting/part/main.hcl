locals {
  nothing = null
}
