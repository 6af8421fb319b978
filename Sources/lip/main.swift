print("lip")
